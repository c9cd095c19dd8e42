// The meaning of every condition, written down a second time and as plainly as possible: over the raw list of events, at any
// instant, with no folding, no compiling and no memory. Slow on purpose.
import { bucketOf } from "../../shared/domain/bucket.ts";
import type { Event } from "../../shared/domain/event.ts";
import type { Json, JsonObject } from "../../shared/domain/json.ts";
import type { Truth } from "../../shared/domain/verdict.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Everything a condition may look at. A segment is given by the times in which somebody is a member of it. */
export type World = {
  id: string;
  zone: string;
  events: Event[];
  properties?: JsonObject;
  enteredAt?: number;
  segments: Record<string, { from: number; until: number }[]>;
};

export function naiveTruth(condition: Json, world: World, at: number): Truth {
  const c = condition as JsonObject;
  const parts = (key: string) => (c[key] as Json[]).map((part) => naiveTruth(part, world, at));
  if ("all" in c) return allOf(parts("all"));
  if ("any" in c) return turned(allOf(parts("any").map(turned)));
  if ("none" in c) return allOf(parts("none").map(turned));
  if ("not" in c) return turned(naiveTruth(c["not"] as Json, world, at));
  if ("trait" in c) return compare(c, traitAt(world, c["trait"] as string)?.value);
  if ("property" in c) return compare(c, inside(world.properties, c["property"] as string));
  if ("did" in c) return happenedOften(c, world, at);
  if ("didNot" in c) {
    const recent = happened(c, c["didNot"], { world, at }).filter((t) => t > at - length(c["for"]));
    return recent.length === 0;
  }
  for (const how of ["sum", "average", "min", "max"]) if (how in c) return addedUp(c, how, { world, at });
  if ("first" in c) return moment(c, happened(c, c["first"], { world, at })[0], { world, at });
  if ("last" in c) return moment(c, happened(c, c["last"], { world, at }).at(-1), { world, at });
  if ("date" in c) return moment(c, dateOf(traitAt(world, c["date"] as string)?.value, world.zone), { world, at });
  if ("anniversary" in c) return anniversary(c, world, at);
  if ("inSegment" in c) return inSegment(c, world, at);
  return compare(c, bucketOf(world.id, `bucket ${c["bucket"]}`));
}

const turned = (truth: Truth): Truth => (truth === undefined ? undefined : !truth);

function allOf(truths: Truth[]): Truth {
  if (truths.includes(false)) return false;
  return truths.includes(undefined) ? undefined : true;
}

/** "3 days" in milliseconds. */
function length(text: Json | undefined): number {
  const [n, unit] = (text as string).split(" ") as [string, string];
  return (
    Number(n) *
    (unit.startsWith("day") ? DAY : unit.startsWith("hour") ? HOUR : unit.startsWith("week") ? 7 * DAY : 60_000)
  );
}

function traitAt(world: World, name: string): { value: Json } | undefined {
  const said = world.events.filter((event) => event.traits !== undefined && Object.hasOwn(event.traits, name));
  const stamp = (event: Event) => `${event.source}/${event.id}`;
  said.sort((a, b) => a.occurredAt - b.occurredAt || (stamp(a) < stamp(b) ? -1 : 1));
  const newest = said.at(-1);
  return newest && { value: newest.traits?.[name] as Json };
}

function inside(value: Json | undefined, path: string): Json | undefined {
  let found = value;
  for (const name of path.split(".")) {
    if (found === null || typeof found !== "object" || Array.isArray(found)) return undefined;
    found = Object.entries(found).find(([key]) => key === name)?.[1];
  }
  return found;
}

/** "80 EUR" in cents, an amount as it is; everything else is no money. */
function money(value: Json | undefined): { cents: number; of: string } | undefined {
  if (typeof value === "string") {
    const [, amount, of] = /^(-?[\d.]+) ([A-Z]{3})$/.exec(value) ?? [];
    return of === undefined ? undefined : { cents: Math.round(Number(amount) * 100), of };
  }
  if (value === null || typeof value !== "object" || Array.isArray(value) || value === undefined) return undefined;
  return typeof value["currency"] === "string"
    ? { cents: value["amount"] as number, of: value["currency"] }
    : undefined;
}

function compare(c: JsonObject, found: Json | undefined): Truth {
  const said = [
    "eq" in c ? [same(found, c["eq"] as Json)] : [],
    "ne" in c ? [turned(same(found, c["ne"] as Json))] : [],
    "in" in c ? [among(found, c["in"] as Json[])] : [],
    "lt" in c ? [order(found, c["lt"] as Json, (d) => d < 0)] : [],
    "lte" in c ? [order(found, c["lte"] as Json, (d) => d <= 0)] : [],
    "gt" in c ? [order(found, c["gt"] as Json, (d) => d > 0)] : [],
    "gte" in c ? [order(found, c["gte"] as Json, (d) => d >= 0)] : [],
    "between" in c
      ? (c["between"] as Json[]).map((end, i) => order(found, end, (d) => (i === 0 ? d >= 0 : d <= 0)))
      : [],
    "contains" in c ? [contained(found, c["contains"] as Json)] : [],
    "startsWith" in c ? [typeof found === "string" ? found.startsWith(c["startsWith"] as string) : undefined] : [],
    "endsWith" in c ? [typeof found === "string" ? found.endsWith(c["endsWith"] as string) : undefined] : [],
    "exists" in c ? [(found !== undefined && found !== null) === c["exists"]] : [],
  ];
  return allOf(said.flat());
}

/** A value of a type that the list has none of is unknown. */
function among(found: Json | undefined, list: Json[]): Truth {
  const said = list.map((one) => same(found, one));
  return said.includes(true) || (said.includes(false) ? false : undefined);
}

function same(found: Json | undefined, wanted: Json): Truth {
  const [a, b] = [typeof found === "string" ? undefined : money(found), money(wanted)];
  if (a !== undefined && b !== undefined) return a.of === b.of ? a.cents === b.cents : undefined;
  return typeof found === typeof wanted && typeof found !== "object" ? found === wanted : undefined;
}

function order(found: Json | undefined, wanted: Json, holds: (difference: number) => boolean): Truth {
  if (typeof found === "number" && typeof wanted === "number") return holds(found - wanted);
  const [a, b] = [typeof found === "string" ? undefined : money(found), money(wanted)];
  return a !== undefined && b !== undefined && a.of === b.of ? holds(a.cents - b.cents) : undefined;
}

function contained(found: Json | undefined, wanted: Json): Truth {
  if (Array.isArray(found)) return found.some((one) => same(one, wanted) === true);
  return typeof found === "string" && typeof wanted === "string" ? found.includes(wanted) : undefined;
}

type When = { world: World; at: number };

/** The events a condition counts, oldest first. */
function counted(c: JsonObject, type: Json | undefined, { world, at }: When): Event[] {
  const where = c["where"];
  return world.events
    .filter((event) => event.type === type && event.occurredAt <= at)
    .filter(({ properties }) => where === undefined || naiveTruth(where, { ...world, properties }, at) === true)
    .toSorted((a, b) => a.occurredAt - b.occurredAt);
}

const happened = (c: JsonObject, type: Json | undefined, when: When) =>
  counted(c, type, when).map(({ occurredAt }) => occurredAt);

function happenedOften(c: JsonObject, world: World, at: number): Truth {
  if (c["since"] === "entry" && world.enteredAt === undefined) return undefined;
  const times = happened(c, c["did"], { world, at })
    .filter((t) => !("within" in c) || t > at - length(c["within"]))
    .filter((t) => !("since" in c) || t > (world.enteredAt as number)).length;
  if ("atMost" in c) return times <= (c["atMost"] as number);
  if ("exactly" in c) return times === c["exactly"];
  return times >= ((c["atLeast"] as number | undefined) ?? 1);
}

function addedUp(c: JsonObject, how: string, { world, at }: When): Truth {
  const today = Math.floor(at / DAY);
  const days = "within" in c ? length(c["within"]) / DAY : Infinity;
  const events = counted(c, c[how], { world, at }).filter((e) => Math.floor(e.occurredAt / DAY) > today - days);
  const wanted = ["eq", "ne", "in", "lt", "lte", "gt", "gte", "between"].flatMap((key) =>
    key in c ? [c[key] as Json] : [],
  );
  const of = money([wanted[0] as Json].flat()[0])?.of;
  const values = events.flatMap(({ properties }) => {
    const value = inside(properties, c["of"] as string);
    if (of === undefined) return typeof value === "number" ? [value] : [];
    const amount = typeof value === "object" ? money(value) : undefined;
    return amount?.of === of ? [amount.cents] : [];
  });
  if (events.length > 0 && values.length === 0) return undefined;
  if (values.length === 0 && how !== "sum") return undefined;
  // Every number of the tests has two decimals at most, so hundredths add up exactly.
  const total = values.reduce((sum, value) => sum + Math.round(value * 100), 0) / 100;
  const value = { sum: total, average: total / values.length, min: Math.min(...values), max: Math.max(...values) }[how];
  const cents = (literal: Json): Json =>
    Array.isArray(literal) ? literal.map(cents) : (money(literal)?.cents ?? literal);
  return compare(Object.fromEntries(Object.entries(c).map(([key, literal]) => [key, cents(literal)])), value);
}

function moment(c: JsonObject, t: number | undefined, { world, at }: When): Truth {
  if (t === undefined) return undefined;
  const ago = at - t;
  return [
    !("within" in c) || (ago >= 0 && ago < length(c["within"])),
    !("olderThan" in c) || ago >= length(c["olderThan"]),
    !("ahead" in c) || (ago < 0 && -ago <= length(c["ahead"])),
    !("before" in c) || t < (dateOf(c["before"], world.zone) as number),
    !("after" in c) || t > (dateOf(c["after"], world.zone) as number),
  ].every(Boolean);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** The calendar day in a zone, as "2026-12-31". */
export function dayIn(zone: string, at: number): string {
  const format = formats.get(zone) ?? new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" });
  formats.set(zone, format);
  return format.format(at);
}

/** Whether the text is a day of the calendar, as "2026-12-31". */
const isDay = (text: string) => {
  const at = Date.parse(text);
  return text.length === 10 && !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
};

/** A date is the first quarter of an hour of that day in the zone. */
function dateOf(value: Json | undefined, zone: string): number | undefined {
  if (typeof value !== "string") return undefined;
  if (value.length > 10) return Date.parse(value);
  if (!isDay(value)) return undefined;
  let at = Date.parse(value) - 15 * HOUR;
  while (dayIn(zone, at) < value) at += HOUR / 4;
  return at;
}

function anniversary(c: JsonObject, world: World, at: number): Truth {
  const of = c["anniversary"] as Json;
  const firstAt = typeof of === "string" ? undefined : happened({}, (of as JsonObject)["first"], { world, at })[0];
  const value = typeof of === "string" ? traitAt(world, of)?.value : firstAt && new Date(firstAt).toISOString();
  if (typeof value !== "string" || !(value.length > 10 || isDay(value) || value.startsWith("--"))) return undefined;
  const day = value.length > 10 ? dayIn(world.zone, Date.parse(value)) : value;
  const today = Date.parse(dayIn(world.zone, at));
  const days = "within" in c ? length(c["within"]) / DAY : 0;
  for (let n = 0; n <= days; n++) {
    const date = new Date(today + n * DAY).toISOString().slice(0, 10);
    const isPlain28 = date.endsWith("-02-28") && new Date(today + (n + 1) * DAY).getUTCDate() === 1;
    const isItsDay = day.slice(-5) === date.slice(-5) || (day.endsWith("-02-29") && isPlain28);
    if (isItsDay && (day.startsWith("--") || Number(date.slice(0, 4)) > Number(day.slice(0, 4)))) return true;
  }
  return false;
}

function inSegment(c: JsonObject, { segments }: World, at: number): Truth {
  const stays = segments[c["inSegment"] as string];
  if (stays === undefined) return undefined;
  const stay = stays.find(({ from, until }) => from <= at && at < until);
  return stay !== undefined && (!("for" in c) || at - stay.from >= length(c["for"]));
}
