// Guarantees of events: whom a fact speaks of, when it is too old to trigger, and how well-known names are understood.
import { describe, expect, test } from "vitest";
import { EVENT_TYPE, factSchema, identityOf, isLate } from "../../shared/domain/event.ts";
import { HOUR_MS } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { problemsOf } from "../../shared/domain/problem.ts";
import { eventTypeOf, recognise } from "../../shared/domain/recognise.ts";
import { NOW } from "../support/builders.ts";

describe("a fact speaks of", () => {
  test.each([
    ["its userId first", { userId: "u", anonymousId: "a", email: "Z@x.fr" }, { kind: "userId", value: "u" }],
    ["its anonymousId next", { anonymousId: "a", email: "z@x.fr" }, { kind: "anonymousId", value: "a" }],
    ["its e-mail last, in one spelling", { email: " Zoe@X.fr " }, { kind: "email", value: "zoe@x.fr" }],
    ["nobody", {}, undefined],
  ])("%s", (_what, fact, identity) => {
    expect(identityOf(fact)).toEqual(identity);
  });
});

test("an event is late when it is more than 72 hours old at the door", () => {
  expect(isLate(NOW - 72 * HOUR_MS, NOW)).toBe(false);
  expect(isLate(NOW - 72 * HOUR_MS - 1, NOW)).toBe(true);
});

describe("a wrong fact is answered with its field", () => {
  test.each([
    [{ userId: "" }, "userId"],
    [{ userId: "x".repeat(256) }, "userId"],
    [{ userId: ["u"] }, "userId"],
    [{ hops: 9 }, "hops"],
    [{ hops: -1 }, "hops"],
    [{ traits: [] }, "traits"],
    [{ properties: "none" }, "properties"],
    [{ occurredAt: 5 }, "occurredAt"],
  ])("%j", (fact, path) => {
    const parsed = factSchema.safeParse(fact);
    const [problem] = parsed.success ? [] : problemsOf(parsed.error);
    expect(problem?.path).toBe(path);
    expect(problem?.message).not.toBe("is missing");
  });
});

describe("names", () => {
  test.each([
    ["Lead Created", "lead.created"],
    ["Order Completed", "purchase.completed"],
    [" Order Completed ", "purchase.completed"],
    ["Product Viewed", "product.viewed"],
    ["Product List Viewed", "product_list.viewed"],
    ["purchase.completed", "purchase.completed"],
    ["shop.order_2.paid", "shop.order_2.paid"],
  ])("%j is %s", (name, type) => {
    expect(eventTypeOf(name)).toBe(type);
    expect(EVENT_TYPE.test(type)).toBe(true);
  });

  test.each(["Signup", "", "...", "42 Things", "été", "constructor", "__proto__"])("%j is no event type", (name) => {
    expect(EVENT_TYPE.test(eventTypeOf(name))).toBe(false);
  });
});

describe("an order becomes a purchase", () => {
  const properties = (given: JsonObject) =>
    recognise("Order Completed", { userId: "u", properties: given }).detail["properties"];

  test("with its total in exact minor units and the category of its first product", () => {
    const products = [{ category: "books" }, { category: "games" }];
    expect(properties({ order_id: "o1", total: 29.33, currency: "USD", products })).toEqual({
      order_id: "o1",
      total: 29.33,
      currency: "USD",
      products,
      amount: { amount: 2_933, currency: "USD" },
      category: "books",
    });
  });

  test.each([
    [
      { total: 0.1 + 0.2, currency: "EUR" },
      { amount: 30, currency: "EUR" },
    ],
    [
      { total: "1200", currency: "JPY" },
      { amount: 1_200, currency: "JPY" },
    ],
    [
      { revenue: 5, currency: "EUR" },
      { amount: 500, currency: "EUR" },
    ],
    [
      { amount: 7, total: 9, currency: "EUR" },
      { amount: 700, currency: "EUR" },
    ],
    [{ amount: { amount: 123, currency: "CHF" } }, { amount: 123, currency: "CHF" }],
    [
      { total: -5, currency: "EUR" },
      { amount: -500, currency: "EUR" },
    ],
    [
      { total: 29.333, currency: "usd" },
      { amount: 2933, currency: "USD" },
    ],
    [
      { total: 1.005, currency: "EUR" },
      { amount: 101, currency: "EUR" },
    ],
  ] as [JsonObject, unknown][])("%j", (given, amount) => {
    expect((properties(given) as JsonObject)["amount"]).toEqual(amount);
  });

  test.each([
    [{ total: "29.333", currency: "USD" }],
    [{ total: 29.33 }],
    [{ total: 29.33, currency: "dollars" }],
    [{ total: "a lot", currency: "USD" }],
    [{ total: { amount: 1.5, currency: "USD" } }],
    [{ currency: "USD" }],
  ] as [JsonObject][])("%j has no amount rather than a wrong one", (given) => {
    expect(properties(given)).toEqual(given);
  });

  test("a category that is given is kept, and other events get none", () => {
    const products = [{ category: "books" }];
    expect(properties({ category: "gifts", products })).toMatchObject({ category: "gifts" });
    expect(recognise("Product Viewed", { properties: { products } }).detail["properties"]).toEqual({ products });
  });

  test("of an odd list of products gets no category", () => {
    for (const products of [[], [null], ["books"], [{ category: 5 }], {}, "books"])
      expect(properties({ products })).toEqual({ products });
  });
});

describe("a flat detail of another system", () => {
  test("keeps its loose fields as properties, those that are given as such first", () => {
    const { type, detail } = recognise("Order Completed", {
      userId: 42,
      order_id: "o1",
      total: 5,
      currency: "EUR",
      properties: { order_id: "o2" },
    });
    expect(type).toBe("purchase.completed");
    expect(detail).toEqual({
      userId: "42",
      properties: { order_id: "o2", total: 5, currency: "EUR", amount: { amount: 500, currency: "EUR" } },
    });
  });

  test("with properties that are no object is left to be refused", () => {
    expect(recognise("a.b", { userId: "u", x: 1, properties: "none" }).detail["properties"]).toBe("none");
  });
});
