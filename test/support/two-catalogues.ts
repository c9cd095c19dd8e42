// Builds two different shops' definitions and random traffic for them: what was live, and a draft that uses most of the language.
import type { Definition, DefinitionKind } from "../../shared/domain/definition.ts";
import { HOUR_MS, type Instant, iso, MINUTE_MS } from "../../shared/domain/instant.ts";
import type { Json, JsonObject } from "../../shared/domain/json.ts";
import { SETTINGS } from "./builders.ts";

const define = (kind: DefinitionKind, id: string, body: JsonObject): Definition => ({
  kind,
  id,
  body,
  file: `${kind}s/${id}.yaml`,
  lines: {},
});

/** Where people speak for themselves. */
const FORM = "website";

/** Nights, and customers who never spoke of consent: what the gates ask of a person besides. */
const PEOPLE: JsonObject = {
  quietHours: { marketing: { from: "21:00", to: "08:00" }, service: { from: "00:30", to: "05:00" } },
  existingCustomers: { within: "6 days", countries: ["FR"] },
  consent: { forms: { [FORM]: {} }, basis: { marketing: { byCountry: { CH: "legitimate-interest" } } } },
};
const SETTINGS_ROOMY: JsonObject = {
  ...SETTINGS,
  ...PEOPLE,
  frequencyCap: { marketing: { max: 50, within: "3 days" } },
};
const mail = { subject: "Hello", html: "<p>Hello</p>", text: "Hello" };

/** Definitions of a small shop with one template, `mail`. */
export function aShop({
  segments = {},
  campaigns = [],
  settings = {},
}: {
  segments?: Record<string, Json>;
  campaigns?: JsonObject[];
  settings?: JsonObject;
}): Definition[] {
  return [
    define("settings", "settings", { ...SETTINGS, ...settings }),
    ...Object.entries(segments).map(([id, where]) => define("segment", id, { segment: id, title: id, where })),
    ...campaigns.map((body) => {
      const id = String(body["campaign"]);
      return define("campaign", id, { title: id, steps: [{ id: "say", send: "mail" }], ...body });
    }),
    define("template", "mail", { template: "mail", locales: { fr: mail, en: mail } }),
  ];
}

/** What was live while the history was recorded. */
export const LIVE = aShop({
  settings: { consent: { forms: { [FORM]: {} } } },
  segments: { buyers: { did: "purchase.completed", atLeast: 1 } },
  campaigns: [
    { campaign: "hello", on: { event: "lead.created" } },
    { campaign: "old", on: { event: "purchase.completed" }, reentry: "always" },
  ],
});

/**
 * Mails of only one campaign may wait for room under the cap: otherwise it would be chance which of them gets it.
 * A draft with tight caps, a ceiling, quiet hours, customers without consent, holdouts, waits, a branch, a split, keys, segments, a schedule and re-entry.
 */
export const DRAFT = aShop({
  settings: {
    ...PEOPLE,
    frequencyCap: { marketing: { max: 2, within: "3 days" }, service: { max: 2, within: "2 days" } },
  },
  segments: {
    buyers: { did: "purchase.completed", atLeast: 2, within: "10 days" },
    quiet: {
      all: [
        { did: "purchase.completed", atLeast: 1 },
        { didNot: "purchase.completed", for: "4 days" },
      ],
    },
  },
  campaigns: [
    { campaign: "hello", on: { event: "lead.created" }, holdout: 30, priority: "high" },
    {
      campaign: "thanks",
      on: { event: "purchase.completed", key: "order_id" },
      audience: { trait: "country", eq: "FR" },
      sendBefore: "1 minute",
      maxPerDay: 1,
    },
    {
      campaign: "shelf",
      on: { event: "purchase.completed" },
      reentry: "after 5 days",
      sendBefore: "1 minute",
      exitWhen: { did: "order.returned", since: "entry" },
      steps: [
        { id: "wait", wait: "30 hours" },
        { id: "which", branch: [{ when: { inSegment: "buyers" }, steps: [{ id: "many", send: "mail" }] }] },
        { id: "last", send: "mail" },
      ],
    },
    {
      campaign: "cart",
      on: { event: "cart.updated", key: "cart_id" },
      purpose: "service",
      steps: [
        { id: "left", wait: { event: "purchase.completed", key: "order_id", timeout: "4 hours", onEvent: "exit" } },
        { id: "say", send: "mail" },
      ],
    },
    {
      campaign: "quiet",
      on: { entered: "quiet" },
      sendBefore: "1 minute",
      steps: [
        {
          id: "half",
          split: [
            { arm: "a", share: 1, steps: [{ id: "say-a", send: "mail" }] },
            { arm: "b", share: 1, steps: [{ id: "say-b", send: "mail" }] },
          ],
        },
      ],
    },
    {
      campaign: "weekly",
      on: { schedule: { weekly: "09:00", on: ["tuesday"] }, segment: "buyers" },
      sendBefore: "1 minute",
    },
  ],
});

/** The draft without tight caps and ceilings: what was before a day does not matter to it. */
export const ROOMY = DRAFT.map((definition) => {
  if (definition.kind === "settings") return { ...definition, body: SETTINGS_ROOMY };
  const { maxPerDay: _ceiling, ...body } = definition.body;
  return { ...definition, body };
});

/** One call of the Segment protocol, when it is made and through which source; or what somebody chooses by a link. */
export type Call = { at: Instant } & (
  | { source: string; call: object }
  | { chooses: { user: string; state: "granted" | "denied" } }
);

type Draw = (below: number) => number;

/** Calls of a handful of people over some days, in order of time. Same numbers, same calls. */
export function randomCalls(draw: Draw, { start, days }: { start: Instant; days: number }): Call[] {
  const people = 3 + draw(5);
  const calls: Call[] = [];
  const instants = Array.from({ length: 20 + draw(40) }, () => start + draw(days * 24 * 60) * MINUTE_MS + draw(60_000));
  for (const at of [...new Set(instants)].sort((a, b) => a - b)) calls.push(aCallAt(draw, at, draw(people)));
  return calls;
}

function aCallAt(draw: Draw, at: Instant, who: number): Call {
  const kind = draw(8);
  if (kind === 0) return { at, chooses: { user: `u-${who}`, state: draw(2) === 0 ? "denied" : "granted" } };
  return { at, source: kind === 1 ? FORM : "shop", call: aCall(draw, at, who) };
}

function aCall(draw: Draw, at: Instant, who: number): object {
  const base = { userId: `u-${who}`, messageId: `m-${at}`, timestamp: iso(at - (draw(4) === 0 ? HOUR_MS : 0)) };
  const track = (event: string, properties: object) => ({ ...base, type: "track", event, properties });
  const kind = draw(10);
  if (kind < 2) return { ...base, type: "identify", traits: { email: `u-${draw(6)}@example.com`, ...traits(draw) } };
  if (kind < 4) return { ...base, type: "identify", traits: traits(draw) };
  if (kind < 5) return track("Lead Created", {});
  if (kind < 8) return track("Order Completed", { order_id: `c-${draw(6)}`, total: 10 + draw(200), currency: "EUR" });
  if (kind < 9) return track("cart.updated", { cart_id: `c-${draw(6)}` });
  return track("order.returned", {});
}

const traits = (draw: Draw) => ({
  ...(draw(2) === 0 && { country: ["US", "FR", "FR", "CH"][draw(4)] }),
  ...(draw(3) > 0 && { consent: { marketing: draw(6) === 0 ? "denied" : "granted" } }),
});
