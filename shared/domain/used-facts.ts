// Decides which traits and event properties serve a purpose: what rules, steps, mails and Relance itself use, and who uses it.
import type { Definition } from "./definition.ts";
import { IDENTIFIED } from "./event.ts";
import type { Json, JsonObject } from "./json.ts";
import { readLiquid } from "./liquid.ts";

/** By dotted name who uses it first ("segment vip"); `ALL` for something that may use any of them. */
export type Uses = Map<string, string>;
/** `properties` by event type; `events`: types that anything asks about, whatever their properties. */
export type UsedFacts = { traits: Uses; properties: Map<string, Uses>; events: Uses };

/** Stands for every name: a mail that computes which one it prints. */
const ALL = "*";

/** What Relance cannot do without, and what for. */
export const neededTraits: Readonly<Record<string, string>> = {
  email: "it is where mails go",
  consent: "it says who may be written to",
  locale: "it decides the language of mails",
  timezone: "it decides when somebody sleeps",
  country: "it decides the law that holds, and the time zone where none is known",
};

const PURCHASE_COMPLETED = "purchase.completed";
const CELEBRATED = "birthday.reached";
const LOOKS_AT_EVENTS = ["did", "didNot", "sum", "average", "min", "max", "first", "last"] as const;

/** What walking through one definition finds; `event`: whose properties are meant where it stands. */
type Seen = { by: string; event: string | undefined; used: UsedFacts; mails: Map<string, Set<string>> };

/**
 * Everything that is used, in what is published or written. Archived campaigns use nothing; a mail uses properties of the
 * events that start the campaigns which send it. Cost: about 40 ms for the shipped folder, since every mail is read.
 */
export function usedFacts(definitions: readonly Definition[]): UsedFacts {
  const used: UsedFacts = { traits: new Map(), properties: new Map(), events: new Map() };
  const mails: Seen["mails"] = new Map();
  for (const name of Object.keys(neededTraits)) use(used.traits, name, "Relance");
  for (const type of [PURCHASE_COMPLETED, IDENTIFIED]) use(used.events, type, "Relance");
  useProperty(used, { event: PURCHASE_COMPLETED, name: "amount", by: "what a customer has spent, in their profile" });
  for (const { kind, id, body } of definitions) {
    if (kind === "settings" || kind === "template" || body["status"] === "archived") continue;
    const by = `${kind} ${id}`;
    const on = body["on"];
    const event = isObject(on) && typeof on["event"] === "string" ? on["event"] : undefined;
    walk(body, { by, event, used, mails });
  }
  for (const { kind, id, body } of definitions)
    if (kind === "template") readMail(body, { by: `template ${id}`, events: mails.get(id) ?? new Set(), used });
  return used;
}

/** Who uses a name, a part of it, or what it is a part of; `undefined`: nobody. */
export function userOf(uses: Uses | undefined, name: string): string | undefined {
  if (uses === undefined) return undefined;
  const exact = uses.get(name) ?? uses.get(ALL);
  if (exact !== undefined) return exact;
  return [...uses].find(([used]) => used.startsWith(`${name}.`) || name.startsWith(`${used}.`))?.[1];
}

function use(uses: Uses, name: string, by: string): void {
  if (!uses.has(name)) uses.set(name, by);
}

function useProperty(
  { properties }: UsedFacts,
  { event, name, by }: { event: string | undefined; name: string; by: string },
): void {
  if (event === undefined) return;
  const uses = properties.get(event) ?? new Map<string, string>();
  properties.set(event, uses);
  use(uses, name, by);
}

/** Conditions and steps as written, sound or not. */
function walk(part: Json, seen: Seen): void {
  if (Array.isArray(part)) for (const one of part) walk(one, seen);
  if (!isObject(part)) return;
  const looked = LOOKS_AT_EVENTS.map((key) => part[key]).find((type) => typeof type === "string");
  const named = looked ?? part["event"];
  const inner = typeof named === "string" ? { ...seen, event: named } : seen;
  if (typeof named === "string") use(seen.used.events, named, seen.by);
  const first = isObject(part["anniversary"]) ? part["anniversary"]["first"] : undefined;
  if (typeof first === "string") use(seen.used.events, first, seen.by);
  if (inner.event === CELEBRATED) use(seen.used.traits, "birthday", seen.by);
  noteNames(part, seen, inner);
  for (const [key, value] of Object.entries(part)) {
    if (key === "update" || (key === "properties" && "emit" in part)) noteWritten(part, { key, value }, seen);
    else walk(value, key === "where" ? inner : seen);
  }
}

/** `inner`: the event that the part itself names, where it names one. */
function noteNames(part: JsonObject, { by, event, used, mails }: Seen, inner: Seen): void {
  const { property, trait, date, anniversary, of, key, send } = part;
  for (const name of [trait, date, anniversary]) if (typeof name === "string") use(used.traits, name, by);
  if (typeof property === "string") useProperty(used, { event, name: property, by });
  for (const name of [of, key]) if (typeof name === "string") useProperty(used, { event: inner.event, name, by });
  if (typeof send !== "string") return;
  const events = mails.get(send) ?? new Set();
  mails.set(send, events);
  if (event !== undefined) events.add(event);
}

/** Traits that a step sets, properties that it emits: whoever writes them has a use for them. */
function noteWritten(step: JsonObject, { key, value }: { key: string; value: Json }, seen: Seen): void {
  const { by, used } = seen;
  const emitted = typeof step["emit"] === "string" ? step["emit"] : undefined;
  for (const [name, one] of Object.entries(isObject(value) ? value : {})) {
    if (key === "update") use(used.traits, name, by);
    else useProperty(used, { event: emitted, name, by });
    walk(one, seen);
  }
}

function readMail(
  body: JsonObject,
  { by, events, used }: { by: string; events: ReadonlySet<string>; used: UsedFacts },
): void {
  for (const path of variablesOf(body["locales"] ?? null)) {
    const [root, ...names] = path;
    const known = names.slice(0, names.includes(ALL) ? names.indexOf(ALL) : undefined);
    const name = known.length === 0 ? ALL : known.join(".");
    if (root === "profile") use(used.traits, name, by);
    if (root === "event" && name !== "type") for (const event of events) useProperty(used, { event, name, by });
  }
}

/** The variables of every text of a mail. */
function variablesOf(part: Json): string[][] {
  if (typeof part === "string") {
    const read = readLiquid(part);
    return "problem" in read ? [] : read.variables.map(({ path }) => path);
  }
  return typeof part === "object" && part !== null ? Object.values(part).flatMap(variablesOf) : [];
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
