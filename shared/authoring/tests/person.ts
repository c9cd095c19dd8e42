// Decides who the person of a test is: an opaque id that draws the wanted lots, and everything known of them beforehand.
import { bucketOf } from "../../domain/bucket.ts";
import type { Catalogue } from "../../domain/catalogue.ts";
import { type Event, IDENTIFIED } from "../../domain/event.ts";
import { splitArm } from "../../domain/holdout.ts";
import { type Instant, MINUTE_MS } from "../../domain/instant.ts";
import type { Json, JsonObject } from "../../domain/json.ts";
import { type KnownFacts, propertiesOf, typeAt } from "../../domain/known-facts.ts";
import { parseMoney } from "../../domain/money.ts";
import { newProfile, type Profile } from "../../domain/profile.ts";
import { recognise } from "../../domain/recognise.ts";
import type { WrittenHappening, WrittenTest } from "./test-schema.ts";
import { instantOf } from "./test-times.ts";

/** Somebody who can be written to: who a test speaks of when it says nothing else. */
const REACHABLE: JsonObject = { email: "someone@example.com", consent: { marketing: "granted" } };

/** What a test says, with instants: `past` is known at `startAt` and triggers nothing, `events` come after. */
export type Story = { start: Profile; past: Event[]; events: Event[]; startAt: Instant; lastAt: Instant };

/** The story of a test as `replay` lives it. */
export function storyOf({ body }: WrittenTest, catalogue: Catalogue, facts: KnownFacts): Story {
  const zone = catalogue.settings.timezone.default;
  const from = body.from === undefined ? undefined : instantOf(body.from, { zone, before: 0 });
  const given = timed(body.given, zone, from ?? 0);
  const history = timed(body.history, zone, 0);
  const startAt = Math.min(from ?? Number.POSITIVE_INFINITY, given[0]?.at ?? Number.POSITIVE_INFINITY);
  const knownAt = startAt - MINUTE_MS;
  const toldAt = Math.min(knownAt, ...history.map(({ at }) => at - MINUTE_MS));
  const profile = eventOf({ at: "", traits: body.profile ?? REACHABLE }, { id: "profile", at: toldAt, facts });
  const past = [
    profile,
    ...history.map(({ line, at }, index) => eventOf(line, { id: `history-${index + 1}`, at, facts })),
  ];
  return {
    start: newProfile(idFor(body, catalogue), knownAt, { counters: catalogue.countersHash, seq: catalogue.seq }),
    past: past.map((event) => ({ ...event, receivedAt: knownAt, late: true })),
    events: given.map(({ line, at }, index) => eventOf(line, { id: `given-${index + 1}`, at, facts })),
    startAt,
    lastAt: given.at(-1)?.at ?? startAt,
  };
}

type Timed = { line: WrittenHappening; at: Instant };

function timed(lines: WrittenHappening[], zone: string, start: Instant): Timed[] {
  let before = start;
  return lines.map((line) => {
    before = instantOf(line.at, { zone, before });
    return { line, at: before };
  });
}

function eventOf(
  { event, properties = {}, traits }: WrittenHappening,
  is: { id: string; at: Instant; facts: KnownFacts },
): Event {
  const { id, at, facts } = is;
  const { type } = recognise(event ?? IDENTIFIED, {});
  const known = propertiesOf(facts, type) ?? {};
  const amounts = withAmounts(properties as JsonObject, (path) => typeAt(known, path) !== "text");
  const { detail } = recognise(type, { properties: amounts });
  const asTraits = withAmounts((traits ?? {}) as JsonObject, (path) => facts.traits[path] !== "text");
  return {
    id,
    source: "test",
    type,
    occurredAt: at,
    declaredAt: at,
    receivedAt: at,
    late: false,
    hops: 0,
    properties: (detail["properties"] ?? {}) as JsonObject,
    ...(traits !== undefined && { traits: asTraits }),
  };
}

/** A copy in which texts such as "80 EUR" are amounts, where they may be. */
function withAmounts(fields: JsonObject, mayBe: (path: string) => boolean, path = ""): JsonObject {
  const read = (value: Json, at: string): Json => {
    if (typeof value === "string") return (mayBe(at) ? parseMoney(value) : undefined) ?? value;
    if (typeof value !== "object" || value === null) return value;
    return Array.isArray(value) ? value.map((item) => read(item, at)) : withAmounts(value, mayBe, at);
  };
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, read(value, path === "" ? name : `${path}.${name}`)]),
  );
}

const MOST_IDS = 200_000;

/** Lots are drawn by id, so the wanted ones are had by trying ids. The first one when nothing is wanted. */
function idFor({ splits = {}, buckets = {} }: WrittenTest["body"], { campaigns }: Catalogue): string {
  const wanted = [...campaigns.values()].flatMap(({ id, steps }) =>
    steps.flatMap((step) => {
      const arm = splits[step.id];
      return step.kind === "split" && arm !== undefined ? [{ name: `${id}/${step.id}`, arms: step.arms, arm }] : [];
    }),
  );
  const drawn = Object.entries(buckets);
  for (let n = 1; n < MOST_IDS; n++) {
    const id = `person-${n}`;
    const fits =
      wanted.every(({ name, arms, arm }) => splitArm(id, name, arms).arm === arm) &&
      drawn.every(([name, number]) => Math.floor(bucketOf(id, `bucket ${name}`)) === Math.floor(number));
    if (fits) return id;
  }
  return "person-1";
}
