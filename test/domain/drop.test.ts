// Guarantees of what is thrown away at the door: exactly what is named, and never what is computed from it.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { copyWithoutDropped, type Drop, withoutDropped } from "../../shared/domain/drop.ts";
import { withoutDroppedTraits } from "../../shared/domain/drop-traits.ts";
import type { Fact } from "../../shared/domain/event.ts";
import { parseFact } from "../../shared/pipeline/parse-fact.ts";
import { aCatalogue, aLife, anIdentify, aReachable, NOW } from "../support/builders.ts";

const drop = (changes: Partial<Drop>): Drop => ({ traits: [], properties: {}, ...changes });
const fact = (changes: Partial<Fact>): Fact => ({ userId: "u", ...changes });
const envelope = (type: string, detail: object) => ({
  id: "m-1",
  source: "shop",
  "detail-type": type,
  time: "2026-03-02T10:00:00Z",
  detail: { userId: "u", ...detail },
});

describe("at the door", () => {
  test("named traits go, from facts of every type", () => {
    const before = fact({ traits: { shoeSize: 42, firstName: "Anna" } });
    const dropping = drop({ traits: ["shoeSize"] });
    for (const type of ["profile.identified", "lead.created"])
      expect(withoutDropped(before, type, dropping)).toEqual(fact({ traits: { firstName: "Anna" } }));
    expect(before.traits).toHaveProperty("shoeSize");
  });

  test("named properties go, from events of their type alone", () => {
    const before = fact({ properties: { ip: "192.0.2.1", sku: "x" } });
    const dropping = drop({ properties: { "product.viewed": ["ip"] } });
    expect(withoutDropped(before, "product.viewed", dropping).properties).toEqual({ sku: "x" });
    expect(withoutDropped(before, "cart.updated", dropping)).toBe(before);
  });

  test("a dotted name reaches into objects, and into every object of a list", () => {
    const before = fact({
      traits: { address: { city: "Lyon", geo: { lat: 1, lon: 2 } } },
      properties: { products: [{ name: "Atlas", isbn: "1" }, "loose", { isbn: "2" }] },
    });
    const dropping = drop({
      traits: ["address.geo.lat"],
      properties: { "purchase.completed": ["products.isbn", "products.weight", "none.at.all"] },
    });
    expect(withoutDropped(before, "purchase.completed", dropping)).toEqual(
      fact({
        traits: { address: { city: "Lyon", geo: { lon: 2 } } },
        properties: { products: [{ name: "Atlas" }, "loose", {}] },
      }),
    );
  });

  test("a name with a dot that is one name goes as such", () => {
    const before = fact({ traits: { "a.b": 1, a: { b: 2 } } });
    expect(withoutDropped(before, "x.y", drop({ traits: ["a.b"] })).traits).toEqual({ a: { b: 2 } });
  });

  test("names that objects have by themselves are none of ours", () => {
    const before = fact({ traits: { constructor: 1 }, properties: { toString: "x" } });
    const dropping = drop({ traits: ["constructor", "__proto__", "hasOwnProperty"] });
    expect(withoutDropped(before, "constructor", dropping)).toEqual(
      fact({ traits: {}, properties: { toString: "x" } }),
    );
  });

  test("nothing else is ever touched", () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    const fields = fc.dictionary(fc.constantFrom("a", "b", "a.b", "c"), value);
    const names = fc.array(fc.constantFrom<string>("a", "b", "a.b", "c.a", "d"), { maxLength: 3 });
    fc.assert(
      fc.property(fields, names, (traits, named) => {
        const before = fact({ traits: traits as never });
        const after = withoutDropped(before, "x.y", drop({ traits: named }));
        for (const [name, kept] of Object.entries(traits)) {
          const isNamed = named.some((one) => one === name || one.startsWith(`${name}.`));
          if (!isNamed) expect(after.traits).toHaveProperty([name], kept);
          if (named.includes(name)) expect(Object.keys(after.traits ?? {})).not.toContain(name);
        }
        expect(Object.keys(traits)).toEqual(expect.arrayContaining(Object.keys(after.traits ?? {})));
        expect(before.traits).toEqual(traits);
      }),
    );
  });

  test("amounts and categories are computed first, so their parts may go", () => {
    const order = { total: 96.5, currency: "EUR", products: [{ category: "books", name: "Atlas" }] };
    const dropping = drop({ properties: { "purchase.completed": ["total", "currency", "products"] } });
    const parsed = parseFact(envelope("Order Completed", { properties: order }), NOW, { drop: dropping });
    expect(parsed).toMatchObject({
      event: { properties: { amount: { amount: 9650, currency: "EUR" }, category: "books" } },
    });
    expect(JSON.stringify(parsed)).not.toMatch(/total|products|Atlas/);
  });

  test("an amount that cannot be read is said, also when its field is dropped", () => {
    const dropping = drop({ properties: { "purchase.completed": ["total"] } });
    const parsed = parseFact(envelope("Order Completed", { properties: { total: "a lot" } }), NOW, { drop: dropping });
    expect(parsed).toMatchObject([{ code: "not_an_amount" }]);
  });

  test("what is dropped cannot be the reason for which an event is rejected", () => {
    const huge = envelope("product.viewed", { properties: { page: "x".repeat(40_000), sku: "1" } });
    expect(parseFact(huge, NOW)).toMatchObject([{ code: "too_large" }]);
    expect(parseFact(huge, NOW, { drop: drop({ properties: { "product.viewed": ["page"] } }) })).toMatchObject({
      event: { properties: { sku: "1" } },
    });
  });

  test("who it is, and their address, stay", () => {
    const told = envelope("lead.created", { email: "anna@example.com", userId: "u-7" });
    expect(parseFact(told, NOW, { drop: drop({ traits: ["userId", "phone"] }) })).toMatchObject({
      event: { traits: { email: "anna@example.com" } },
      identity: { kind: "userId", value: "u-7" },
    });
  });
});

describe("the copy that is put aside", () => {
  const dropping = drop({ traits: ["phone"], properties: { "purchase.completed": ["total", "note"] } });

  test("has lost the same, wherever it stood", () => {
    const flat = envelope("Order Completed", {
      note: "call me",
      total: 12,
      currency: "EUR",
      occurredAt: "yesterday",
      traits: { phone: "1", plan: "pro" },
    });
    const copy = copyWithoutDropped(flat, dropping);
    expect(JSON.stringify(copy)).not.toMatch(/call me|phone|total/);
    expect(copy).toMatchObject({
      id: "m-1",
      detail: { occurredAt: "yesterday", traits: { plan: "pro" }, properties: { amount: { amount: 1200 } } },
    });
  });

  test("is the message itself where there is nothing to drop", () => {
    const message = envelope("Order Completed", { orderNumber: 7, total: 3 });
    expect(copyWithoutDropped(message, drop({ traits: ["phone"] }))).toBe(message);
    for (const odd of [null, 7, "text", [], { detail: 7 }, { "detail-type": 7, detail: {} }, { detail: {} }])
      expect(copyWithoutDropped(odd as never, dropping)).toBe(odd);
  });
});

describe("a profile that learned it before", () => {
  const withDrop = (...traits: string[]) => aCatalogue({ settings: { drop: { traits } } });

  test("forgets the trait, or the part of it", () => {
    const life = aLife(aCatalogue(), aReachable());
    life.arrive(NOW, [anIdentify({ phone: "1", address: { city: "Lyon", street: "x" }, plan: "pro" })]);
    const { traits } = withoutDroppedTraits(life.profile(), withDrop("phone", "address.street"));
    expect(Object.fromEntries(Object.entries(traits).map(([name, { value }]) => [name, value]))).toEqual({
      email: "zoe@example.com",
      address: { city: "Lyon" },
      plan: "pro",
    });
    expect(life.profile().traits).toHaveProperty("phone");
  });

  test("has no birthday any more when that is what is dropped", () => {
    const life = aLife(aCatalogue());
    life.arrive(NOW, [anIdentify({ birthday: "1990-05-01" })]);
    expect(life.profile().birthday?.nextAt).toBeDefined();
    expect(withoutDroppedTraits(life.profile(), withDrop("birthday")).birthday).toBeUndefined();
  });

  test("is the same profile when it has none of it", () => {
    const profile = aReachable();
    expect(withoutDroppedTraits(profile, withDrop("phone"))).toBe(profile);
    expect(withoutDroppedTraits(profile, withDrop())).toBe(profile);
  });
});
