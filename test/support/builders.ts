// Builds profiles, events, catalogues and lives for tests of the domain: deterministic, with one fixed NOW.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import {
  type Catalogue,
  compileCatalogue,
  DEFAULT_CONSTANTS,
  liveSinceAfter,
  type ShopConstants,
} from "../../shared/domain/catalogue.ts";
import type { Clause } from "../../shared/domain/clause.ts";
import { compileCondition } from "../../shared/domain/condition.ts";
import { decide, type Input } from "../../shared/domain/decide.ts";
import type { Definition, DefinitionKind } from "../../shared/domain/definition.ts";
import type { Effect, Judgement } from "../../shared/domain/effect.ts";
import { type Event, IDENTIFIED, isLate } from "../../shared/domain/event.ts";
import { DAY_MS, type Instant } from "../../shared/domain/instant.ts";
import type { Json, JsonObject } from "../../shared/domain/json.ts";
import { parseMoney } from "../../shared/domain/money.ts";
import { newProfile, type Profile } from "../../shared/domain/profile.ts";
import { entryName } from "../../shared/domain/run.ts";
import type { Send } from "../../shared/domain/send.ts";
import { earliest } from "../../shared/domain/verdict.ts";

/** Monday 2 March 2026, 10:00 UTC. */
export const NOW: Instant = Date.UTC(2026, 2, 2, 10);

export const days = (n: number): number => n * DAY_MS;

export const SETTINGS: JsonObject = {
  shop: {
    name: "Test Shop",
    from: "Test Shop <hello@shop.example>",
    url: "https://shop.example",
    postalAddress: "1 Test Street",
  },
  locales: { default: "fr", supported: ["fr", "en"] },
  timezone: { default: "Europe/Paris", byCountry: { FR: "Europe/Paris", CH: "Europe/Zurich", US: "America/New_York" } },
  birthday: { at: "09:00" },
  frequencyCap: { marketing: { max: 3, within: "7 days" } },
};

export type CatalogueParts = {
  segments?: Record<string, Json>;
  /** Bodies; title and one send step are filled in. */
  campaigns?: JsonObject[];
  settings?: JsonObject;
  constants?: Partial<ShopConstants>;
};

const define = (kind: DefinitionKind, id: string, body: JsonObject): Definition => ({
  kind,
  id,
  body,
  file: `${kind}/${id}.yaml`,
  lines: {},
});

function compiled(definitions: Definition[], constants: Partial<ShopConstants> = {}): Catalogue {
  return compileCatalogue(definitions, { revision: "test", seq: 1, constants: { ...DEFAULT_CONSTANTS, ...constants } });
}

/** A catalogue published at an instant after another one, with what both share as old as it was. */
export function publishedAfter(before: Catalogue, next: Catalogue, at: Instant): Catalogue {
  const later = { ...next, seq: before.seq + 1 };
  // Runs keep their revision.
  const byRevision = new Map([...before.byRevision, ...later.byRevision]);
  return { ...later, byRevision, liveSince: liveSinceAfter(before.liveSince, later, at) };
}

/** The same catalogue as the first that was ever published, at an instant. */
export function firstPublished(catalogue: Catalogue, at: Instant): Catalogue {
  return { ...catalogue, liveSince: liveSinceAfter(undefined, catalogue, at) };
}

/** A catalogue of definitions written in place. */
export function aCatalogue({
  segments = {},
  campaigns = [],
  settings = {},
  constants = {},
}: CatalogueParts = {}): Catalogue {
  return compiled(
    [
      define("settings", "settings", { ...SETTINGS, ...settings }),
      ...Object.entries(segments).map(([id, where]) => define("segment", id, { segment: id, title: id, where })),
      ...campaigns.map((body) => {
        const id = String(body["campaign"] ?? "test");
        return define("campaign", id, { campaign: id, title: id, steps: [{ id: "say", send: "mail" }], ...body });
      }),
    ],
    constants,
  );
}

const folder = fileURLToPath(new URL("../data/small-shop/", import.meta.url));

/** A shop with four campaigns and six segments, templates left out. */
export function smallShop(constants: Partial<ShopConstants> = {}): Catalogue {
  const read = (kind: "segment" | "campaign") =>
    readdirSync(`${folder}${kind}s`).map((file) => {
      const body = parse(readFileSync(`${folder}${kind}s/${file}`, "utf8")) as JsonObject;
      return define(kind, String(body[kind]), body);
    });
  const settings = parse(readFileSync(`${folder}relance.yaml`, "utf8")) as JsonObject;
  return compiled([define("settings", "settings", settings), ...read("segment"), ...read("campaign")], constants);
}

/** One condition, compiled, with a catalogue that counts what it asks for. */
export function aRule(condition: Json, others: Record<string, Json> = {}): { rule: Clause; catalogue: Catalogue } {
  const catalogue = aCatalogue({ segments: { ...others, "the-rule": condition } });
  return { rule: compileCondition(condition, { path: "where", needs: { counters: [], segments: [] } }), catalogue };
}

export function aProfile(changes: Partial<Profile> = {}): Profile {
  return { ...newProfile("p1", NOW, { counters: "", seq: 1 }), ...changes };
}

export type EventChanges = Partial<Omit<Event, "properties" | "traits">>;

let serial = 0;

export function anEvent(
  type: string,
  properties: JsonObject = {},
  { occurredAt = NOW, ...changes }: EventChanges = {},
): Event {
  const receivedAt = changes.receivedAt ?? occurredAt;
  const id = changes.id ?? `e${++serial}`;
  return {
    source: "shop",
    type,
    occurredAt,
    late: isLate(occurredAt, receivedAt),
    hops: 0,
    properties,
    ...changes,
    id,
    receivedAt,
  };
}

/** "80 EUR" as money, in the properties of a purchase of its own order. */
export function aPurchase(amount: string, changes: EventChanges & { properties?: JsonObject } = {}): Event {
  const { properties, ...rest } = changes;
  const event = anEvent("purchase.completed", {}, rest);
  return {
    ...event,
    properties: { order_id: `order-${event.id}`, amount: parseMoney(amount) ?? amount, ...properties },
  };
}

export const aLead = (changes: EventChanges = {}): Event => anEvent("lead.created", {}, changes);

export function anIdentify(traits: JsonObject, changes: EventChanges = {}): Event {
  return { ...anEvent(IDENTIFIED, {}, changes), traits };
}

/** Somebody who can be written to. */
export const REACHABLE: JsonObject = { email: "zoe@example.com", consent: { marketing: "granted" } };

/** A profile with an address and consent, settled at the instant. */
export function aReachable(at: Instant = NOW): Profile {
  const stamp = { at: at - 1, by: "shop/known" };
  return aProfile({
    createdAt: at - 1,
    settledAt: at,
    traits: { email: { value: "zoe@example.com", ...stamp } },
    consents: { marketing: { purpose: "marketing", channel: "email", state: "granted", ...stamp } },
  });
}

export const sendsOf = (effects: Effect[]): Send[] =>
  effects.flatMap((effect) => (effect.kind === "send-intended" ? [effect.send] : []));
export const judgementsOf = (effects: Effect[]): Judgement[] =>
  effects.flatMap((effect) => (effect.kind === "judged" ? [effect.judgement] : []));
export const derivedOf = (effects: Effect[]): Event[] =>
  effects.flatMap((effect) => (effect.kind === "event-derived" ? [effect.event] : []));
/** "entered leads", "left leads". */
export const changesOf = (effects: Effect[]): string[] =>
  effects.flatMap((effect) =>
    effect.kind === "segment-entered" || effect.kind === "segment-left"
      ? [`${effect.kind.slice(8)} ${effect.segment}`]
      : [],
  );

const inBatchOrder = (a: Event, b: Event) =>
  a.occurredAt - b.occurredAt ||
  Number(b.type === IDENTIFIED) - Number(a.type === IDENTIFIED) ||
  (a.id < b.id ? -1 : 1);

/** One profile's life on a clock: batches arrive, and whatever falls due in between happens at its exact instant. */
export type Life = {
  profile(): Profile;
  effects: Effect[];
  wakes: Instant[];
  arrive(at: Instant, events: Event[]): void;
  passUntil(at: Instant): void;
  /** The profile meets another catalogue from now on; with an instant it is woken then. */
  publish(next: Catalogue, touchedAt?: Instant): void;
  /** An occurrence of a scheduled campaign. */
  occur(campaign: string, at: Instant): void;
};

export function aLife(published: Catalogue, start?: Profile): Life {
  let catalogue = published;
  let profile = start;
  let wakeAt: Instant | undefined;
  const effects: Effect[] = [];
  const wakes: Instant[] = [];
  const taken = new Map<string, Instant>();
  const step = (before: Profile, now: Instant, input: Input = { kind: "wake" }) => {
    const decided = decide(before, input, { catalogue, now, taken });
    for (const effect of decided.effects) {
      if (effect.kind === "run-started") taken.set(entryName(effect.run), effect.run.cause.at);
    }
    profile = { ...decided.profile, version: before.version + 1 };
    // A stored wake-up is a lower bound: an event only moves it earlier, and it re-arms itself when it fires.
    wakeAt = input.kind === "wake" ? decided.wakeAt : earliest([wakeAt, decided.wakeAt]);
    effects.push(...decided.effects);
  };
  const passUntil = (at: Instant) => {
    for (;;) {
      const due = earliest([
        wakeAt,
        ...(profile?.runs ?? []).map((run) => (run.state === "held" ? undefined : run.dueAt)),
      ]);
      if (profile === undefined || due === undefined || due > at) return;
      wakes.push(due);
      step(profile, due);
    }
  };
  const arrive = (at: Instant, events: Event[]) => {
    passUntil(at);
    for (const event of events.toSorted(inBatchOrder)) {
      const settledAt = event.late ? at : Math.min(event.occurredAt, at);
      const fresh = { ...newProfile("p1", settledAt, { counters: "", seq: 1 }), createdAt: event.occurredAt };
      step(profile ?? fresh, at, { kind: "event", event });
    }
  };
  const publish = (next: Catalogue, touchedAt?: Instant) => {
    catalogue = next;
    if (touchedAt !== undefined && profile !== undefined) step(profile, touchedAt);
  };
  const occur = (campaign: string, at: Instant) => {
    passUntil(at);
    step(profile ?? aProfile(), at, { kind: "occurrence", campaign, at });
  };
  return { profile: () => profile ?? aProfile(), effects, wakes, arrive, passUntil, publish, occur };
}

/** All orders of a list. */
export function permutations<T>(items: T[]): T[][] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

/** All ways to cut a list into consecutive batches. */
export function splits<T>(items: T[]): T[][][] {
  if (items.length === 0) return [[]];
  return items.flatMap((_, index) =>
    splits(items.slice(index + 1)).map((rest) => [items.slice(0, index + 1), ...rest]),
  );
}
