// Guarantees of known facts: names lead to types, parts of objects are known by name, and nothing is known by accident.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { builtInFacts, propertiesOf, traitType, typeAt, withFacts } from "../../shared/domain/known-facts.ts";

const shipping = {
  order_id: "any",
  amount: "money",
  shipping: "object",
  products: "list",
  "address.city": "text",
} as const;

describe("the type of a property", () => {
  test.each([
    ["amount", "money"],
    ["amount.currency", "text"],
    ["amount.amount", "number"],
    ["amount.vat", undefined],
    ["shipping", "object"],
    ["shipping.country", "any"],
    ["products.size", "any"],
    ["address.city", "text"],
    ["address", "object"],
    ["address.street", undefined],
    ["constructor", undefined],
    ["colour", undefined],
  ])("%s is %s", (path, type) => {
    expect(typeAt(shipping, path)).toBe(type);
  });
});

test("what Relance knows from the start is there, and names of JavaScript's own are not", () => {
  expect(traitType(builtInFacts, "birthday")).toBe("date");
  expect(traitType(builtInFacts, "toString")).toBeUndefined();
  expect(propertiesOf(builtInFacts, "churn_risk.detected")).toEqual({ lastPurchaseAt: "date", silentDays: "number" });
  expect(propertiesOf(builtInFacts, "constructor")).toBeUndefined();
});

test("together both are known; where types differ only the name is", () => {
  const one = { traits: { points: "number" }, events: { "cart.updated": { amount: "money" } } } as const;
  const other = {
    traits: { points: "text", vip: "boolean" },
    events: { "cart.updated": { cart_id: "text" } },
  } as const;
  expect(withFacts(one, other)).toEqual({
    traits: { points: "any", vip: "boolean" },
    events: { "cart.updated": { amount: "money", cart_id: "text" } },
  });
});

test("every event and trait that the reference names as known from the start is known", () => {
  const reference = readFileSync(new URL("../../docs/events.md", import.meta.url), "utf8");
  const table = reference.slice(reference.indexOf("## Events"), reference.indexOf("Other track names"));
  const types = [...table.matchAll(/^\| `([a-z_.]+)`/gm)].map(([, type]) => type as string);
  expect(types.length).toBeGreaterThan(4);
  for (const type of types) expect([type, propertiesOf(builtInFacts, type)]).toEqual([type, expect.any(Object)]);
  const traits = reference.slice(reference.indexOf("## Traits"), reference.indexOf("Any other trait"));
  const names = [...traits.matchAll(/`([a-zA-Z]+)`/g)].map(([, name]) => name as string);
  expect(new Set(names)).toEqual(new Set(Object.keys(builtInFacts.traits)));
});
