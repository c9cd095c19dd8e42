// Guarantees of the demo shop: the same past every time, plausible, and nobody real in it.
import { describe, expect, test } from "vitest";
import { type DemoCall, demoShop } from "../../cli/demo/shop.ts";
import { parseBirthday } from "../../shared/domain/birthday.ts";
import { iso } from "../../shared/domain/instant.ts";
import { isZone } from "../../shared/domain/zone.ts";

const until = Date.UTC(2026, 10, 20, 12);
const options = { seed: 7, profiles: 2_000, until, months: 18 };
const events = demoShop(options);
const unique = [...new Map(events.map(({ call }) => [call.messageId, call])).values()];
const tracks = unique.filter((call): call is Extract<DemoCall, { type: "track" }> => call.type === "track");
const orders = tracks.filter(({ event }) => event === "Order Completed");
const people = unique.flatMap((call) =>
  call.type === "identify" && call.messageId.endsWith("-1") ? [call.traits] : [],
);

describe("the demo shop", () => {
  test("is the same for the same seed, and another one for another", () => {
    expect(demoShop(options)).toEqual(events);
    expect(demoShop({ ...options, seed: 8 })).not.toEqual(events);
  });

  test("one more person changes nobody else", () => {
    const more = demoShop({ ...options, profiles: 2_001 });
    expect(more.filter(({ call }) => call.userId !== "u-02001")).toEqual(events);
  });

  test("comes in the order of arrival, within the months asked for", () => {
    for (let index = 1; index < events.length; index++) {
      expect(events[index]?.at).toBeGreaterThanOrEqual(events[index - 1]?.at ?? 0);
    }
    expect(events.at(-1)?.at).toBeLessThan(until);
    expect(events[0]?.at).toBeGreaterThan(until - 19 * 31 * 86_400_000);
  });

  test("has 10,000 to 13,000 calls, each person known and a lead before anything else", () => {
    expect(events.length).toBeGreaterThan(10_000);
    expect(events.length).toBeLessThan(13_000);
    const seen = new Map<string, DemoCall[]>();
    for (const { call } of events) seen.set(call.userId, [...(seen.get(call.userId) ?? []), call]);
    for (const [first, second] of seen.values()) {
      expect(first?.type).toBe("identify");
      if (second?.type === "track") expect(second.event).toBe("Lead Created");
    }
    expect(tracks.filter(({ event }) => event === "Lead Created").length).toBeGreaterThan(1_990);
  });

  test("repeats some calls exactly, as retries do", () => {
    const repeated = events.length - unique.length;
    expect(repeated).toBeGreaterThan(10);
    expect(repeated).toBeLessThan(100);
    const byId = new Map(unique.map((call) => [call.messageId, call]));
    for (const { at, call } of events) {
      expect(byId.get(call.messageId)).toEqual(call);
      expect(iso(at) >= call.timestamp).toBe(true);
    }
  });

  test("people use example domains only", () => {
    const addresses = people.flatMap(({ email }) => email ?? []);
    const sound = addresses.filter((address) => /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(address));
    for (const address of sound) expect(address).toMatch(/@(example\.(com|org|net)|[a-z]+\.example)$/);
    expect(addresses.length - sound.length).toBe(3);
    expect(people.length - addresses.length).toBe(3);
    expect(sound.filter((address) => /^(bounce|complaint)/.test(address))).toHaveLength(10);
    expect(new Set(addresses).size).toBe(addresses.length);
  });

  test("people have names, zones, birthdays and consent in believable shares", () => {
    const share = (holds: (person: (typeof people)[number]) => boolean) => people.filter(holds).length / people.length;
    expect(share(({ consent }) => consent?.marketing === "granted")).toBeCloseTo(0.78, 1);
    expect(share(({ consent }) => consent === undefined)).toBeCloseTo(0.1, 1);
    expect(share(({ firstName }) => firstName === undefined)).toBeCloseTo(0.06, 1);
    expect(share(({ birthday }) => birthday === undefined)).toBeCloseTo(0.25, 1);
    expect(share(({ birthday }) => birthday?.startsWith("--") === true)).toBeCloseTo(0.17, 1);
    expect(people.filter(({ birthday }) => birthday?.endsWith("02-29")).length).toBeGreaterThan(2);
    for (const { birthday, timezone } of people) {
      if (birthday !== undefined) expect(parseBirthday(birthday)).toBeDefined();
      if (timezone !== undefined) expect(isZone(timezone)).toBe(true);
    }
  });

  test("orders add up, in the buyer's currency", () => {
    for (const { properties } of orders) {
      const products = properties["products"] as { price: number; quantity: number }[];
      const minor = products.reduce((sum, { price, quantity }) => sum + Math.round(price * 100) * quantity, 0);
      expect(properties["total"]).toBe(minor / 100);
      expect(["EUR", "CHF"]).toContain(properties["currency"]);
    }
    expect(new Set(orders.map(({ properties }) => properties["order_id"])).size).toBe(orders.length);
  });

  test("some carts become orders at once, some after a night, and some never", () => {
    const carts = tracks.filter(({ event }) => event === "Cart Updated");
    const orderOf = new Map(orders.map((order) => [order.properties["cart_id"], order]));
    const ordered = carts.flatMap((cart) => {
      const order = orderOf.get(cart.properties["cart_id"]);
      return order === undefined ? [] : [{ cart, order }];
    });
    expect(new Set(carts.map(({ properties }) => properties["cart_id"])).size).toBe(carts.length);
    expect(ordered.length / carts.length).toBeGreaterThan(0.4);
    expect(ordered.length / carts.length).toBeLessThan(0.7);
    const hours = ordered.map(
      ({ cart, order }) => (Date.parse(order.timestamp) - Date.parse(cart.timestamp)) / 3_600_000,
    );
    expect(Math.min(...hours)).toBeGreaterThan(0);
    expect(Math.max(...hours)).toBeLessThanOrEqual(30);
    const sleptOn = hours.filter((each) => each > 4).length / ordered.length;
    expect(sleptOn).toBeGreaterThan(0.05);
    expect(sleptOn).toBeLessThan(0.15);
    for (const { cart, order } of ordered) {
      expect([cart.userId, cart.properties["total"]]).toEqual([order.userId, order.properties["total"]]);
    }
  });

  test("companies come for presents: they look at the catalogue or ask for a quote, and order nothing in the shop", () => {
    const named = new Set(
      unique.flatMap((call) => (call.type === "identify" && call.traits.company !== undefined ? [call.userId] : [])),
    );
    const did = (name: string) => tracks.filter(({ event }) => event === name).map(({ userId }) => userId);
    expect(named.size / people.length).toBeCloseTo(0.04, 1);
    expect(orders.filter(({ userId }) => named.has(userId))).toEqual([]);
    for (const name of ["Catalogue Downloaded", "Quote Requested"]) {
      expect(did(name).length).toBeGreaterThan(3);
      expect(did(name).filter((userId) => !named.has(userId))).toEqual([]);
    }
    expect(did("Catalogue Downloaded").length).toBeLessThan(named.size);
  });

  test("tea is bought again", () => {
    const buyers = orders.flatMap(({ userId, properties }) =>
      (properties["products"] as { category: string }[])[0]?.category === "tea" ? [userId] : [],
    );
    expect(buyers.length).toBeGreaterThan(1.2 * new Set(buyers).size);
    expect(buyers.length / orders.length).toBeLessThan(0.2);
  });

  test("people come back, stay away, and buy most in December", () => {
    const perPerson = new Map<string, number>();
    for (const { userId } of orders) perPerson.set(userId, (perPerson.get(userId) ?? 0) + 1);
    const counts = [...perPerson.values()];
    expect(perPerson.size).toBeGreaterThan(1_200);
    expect(perPerson.size).toBeLessThan(1_700);
    expect(counts.filter((count) => count === 1).length).toBeGreaterThan(300);
    expect(counts.filter((count) => count >= 2).length).toBeGreaterThan(700);
    const inMonth = (month: string) => orders.filter(({ timestamp }) => timestamp.startsWith(month)).length;
    expect(inMonth("2025-12")).toBeGreaterThan(1.2 * inMonth("2025-11"));
    expect(inMonth("2025-12")).toBeGreaterThan(1.5 * inMonth("2026-01"));
  });

  test("a small shop works too", () => {
    expect(demoShop({ seed: 1, profiles: 0, until, months: 1 })).toEqual([]);
    expect(demoShop({ seed: 1, profiles: 5, until, months: 1 }).length).toBeGreaterThan(5);
  });
});
