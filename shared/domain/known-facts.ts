// Decides which events and traits are known by name, and of which type their values are.
import { ownNews } from "./own-news.ts";

/**
 * What a value is. `date`: a text that holds a day ("2026-05-01", "--05-01") or an ISO instant. `any`: known by name alone.
 */
export const factTypes = ["text", "number", "money", "boolean", "date", "list", "object", "any"] as const;
/** One of them. */
export type FactType = (typeof factTypes)[number];

/** Traits by name, and event types with their properties by dotted path. */
export type KnownFacts = {
  traits: Record<string, FactType>;
  events: Record<string, Record<string, FactType>>;
};

/** What Relance knows from the start: docs/events.md lists the same. */
export const builtInFacts: KnownFacts = {
  traits: {
    email: "text",
    firstName: "text",
    locale: "text",
    timezone: "text",
    country: "text",
    birthday: "date",
  },
  events: {
    "lead.created": { source: "text" },
    "purchase.completed": {
      order_id: "any",
      amount: "money",
      total: "number",
      revenue: "number",
      currency: "text",
      category: "text",
      products: "list",
    },
    "churn_risk.detected": { lastPurchaseAt: "date", silentDays: "number" },
    "birthday.reached": { year: "number", age: "number" },
    "profile.identified": {},
    "preferences.requested": {},
    ...ownNews,
    "segment.entered": { segment: "text" },
    "segment.left": { segment: "text" },
    "schedule.occurred": { campaign: "text" },
  },
};

/** Both together; where they differ about a type, the name is known and its type is not. */
export function withFacts(known: KnownFacts, more: KnownFacts): KnownFacts {
  const types = [...new Set([...Object.keys(known.events), ...Object.keys(more.events)])];
  const events = types.map((type) => [type, merged(own(known.events, type) ?? {}, own(more.events, type) ?? {})]);
  return { traits: merged(known.traits, more.traits), events: Object.fromEntries(events) };
}

function merged(known: Record<string, FactType>, more: Record<string, FactType>): Record<string, FactType> {
  const result = { ...known };
  for (const [name, type] of Object.entries(more)) {
    const before = own(result, name);
    result[name] = before === undefined || before === type ? type : "any";
  }
  return result;
}

/** Names come from files: "constructor" is none of ours. */
function own<T>(record: Record<string, T>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** The type of a trait; `undefined` for one nobody knows. */
export function traitType(facts: KnownFacts, name: string): FactType | undefined {
  return own(facts.traits, name);
}

/** The known properties of an event; `undefined` for an event nobody knows. */
export function propertiesOf(facts: KnownFacts, eventType: string): Record<string, FactType> | undefined {
  return own(facts.events, eventType);
}

const MONEY_PARTS: Record<string, FactType> = { amount: "number", currency: "text" };

/** The type of what a dotted path leads to; parts of an object or a list are known by name alone. */
export function typeAt(properties: Record<string, FactType>, path: string): FactType | undefined {
  const exact = own(properties, path);
  if (exact !== undefined) return exact;
  const names = path.split(".");
  for (let length = names.length - 1; length > 0; length--) {
    const around = own(properties, names.slice(0, length).join("."));
    if (around === undefined) continue;
    if (around === "object" || around === "list" || around === "any") return "any";
    return around === "money" && length === names.length - 1 ? MONEY_PARTS[names[length] as string] : undefined;
  }
  return Object.keys(properties).some((name) => name.startsWith(`${path}.`)) ? "object" : undefined;
}
