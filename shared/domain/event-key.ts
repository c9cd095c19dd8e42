// Decides what tells entries and awaited events apart: the value of a property (an order's or a cart's number).
import { contentHash } from "./hash.ts";
import type { JsonObject } from "./json.ts";
import { propertyAt } from "./property-at.ts";

/** The key an event has by one of its properties; `undefined` when it has none. */
export function eventKey(properties: JsonObject, property: string): string | undefined {
  const value = propertyAt(properties, property);
  return (typeof value === "string" && value !== "") || typeof value === "number" ? keyText(String(value)) : undefined;
}

/** An order number stays readable; anything that might be long or personal becomes a hash, since it is part of table keys. */
export function keyText(value: string): string {
  return /^[\w.:-]{1,64}$/.test(value) ? value : contentHash(value);
}
