// Decides which well-known names Relance understands, and how their fields become its own: the e-commerce vocabulary of
// the Segment protocol, and plain details of other systems.
import { EVENT_TYPE, IDENTIFIED } from "./event.ts";
import type { Json, JsonObject } from "./json.ts";
import { isMoney, type Money, parseAmount, roundAmount } from "./money.ts";

/** Largest event, in bytes of JSON. */
export const MAX_PROPERTIES_BYTES = 32 * 1024;

const KNOWN: Record<string, string> = {
  "Lead Created": "lead.created",
  "Order Completed": "purchase.completed",
  identify: IDENTIFIED,
  Identify: IDENTIFIED,
};

/** What other systems call the fields of a fact. */
const ALIASES: Record<string, string> = { timestamp: "occurredAt", messageId: "id" };

/** The event type of a track name: known ones by table, dotted ones as they are, "Product Viewed" becomes product.viewed. */
export function eventTypeOf(name: string): string {
  const known = KNOWN[name.trim()];
  if (known !== undefined) return known;
  if (EVENT_TYPE.test(name)) return name;
  const words = name
    .trim()
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join("_")}.${words.at(-1)}`;
}

const FACT_FIELDS = new Set([
  "id",
  "userId",
  "anonymousId",
  "email",
  "occurredAt",
  "declaredAt",
  "acceptedByRelanceAt",
  "history",
  "hops",
  "traits",
  "properties",
]);

/**
 * The type and detail as Relance keeps them. Fields beside the known ones count as properties, so that a system may put
 * a flat detail; an address that names the person is their trait too; amounts become money in minor units; a purchase's
 * category is that of its first product.
 */
export function recognise(typeName: string, detail: JsonObject): { type: string; detail: JsonObject } {
  const type = eventTypeOf(typeName);
  const known: JsonObject = {};
  const loose: JsonObject = {};
  for (const [field, value] of Object.entries(detail)) {
    const name =
      Object.hasOwn(ALIASES, field) && !((ALIASES[field] as string) in detail) ? (ALIASES[field] as string) : field;
    (FACT_FIELDS.has(name) ? known : loose)[name] = value;
  }
  const { email, traits = {} } = known;
  if (typeof email === "string" && isObject(traits) && !("email" in traits)) known["traits"] = { ...traits, email };
  if (typeof known["userId"] === "number") known["userId"] = String(known["userId"]);
  const given = known["properties"];
  const properties =
    Object.keys(loose).length === 0 ? given : isObject(given) || given === undefined ? { ...loose, ...given } : given;
  if (properties !== undefined) known["properties"] = isObject(properties) ? withMoney(type, properties) : properties;
  return { type, detail: known };
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Fields that may hold what an order came to, the first that is there counts. */
const AMOUNT_FIELDS = ["amount", "total", "revenue"];

function withMoney(type: string, properties: JsonObject): JsonObject {
  const result = { ...properties };
  const amount = amountOf(properties);
  if (amount !== undefined) result["amount"] = amount;
  if (type === "purchase.completed" && properties["category"] === undefined) {
    const first = Array.isArray(properties["products"]) ? properties["products"][0] : undefined;
    if (isObject(first) && typeof first["category"] === "string") result["category"] = first["category"];
  }
  return result;
}

/** Texts are read exactly; numbers, which shops compute, are rounded to the currency's minor unit. */
function amountOf(properties: JsonObject): Money | undefined {
  const said = AMOUNT_FIELDS.map((field) => properties[field]).find((value) => value !== undefined && value !== null);
  if (isMoney(said)) return { amount: said.amount, currency: said.currency };
  const currency = properties["currency"];
  if (typeof currency !== "string" || !/^[A-Za-z]{3}$/.test(currency)) return undefined;
  if (typeof said === "number") return roundAmount(said, currency.toUpperCase());
  return typeof said === "string" ? parseAmount(said, currency.toUpperCase()) : undefined;
}

/** A purchase that names a sum which cannot be read: the field that holds it. A purchase without any sum is fine. */
export function unreadableAmount(type: string, properties: JsonObject): string | undefined {
  if (type !== "purchase.completed" || isMoney(properties["amount"])) return undefined;
  return AMOUNT_FIELDS.find((field) => properties[field] !== undefined && properties[field] !== null);
}
