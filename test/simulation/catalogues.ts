// Decides what the shops of the simulation publish: small catalogues full of rules that meet, each with an edited second one.
import { seededRandom } from "../../shared/adapters/local/seeded-random.ts";
import type { Definition, DefinitionKind } from "../../shared/domain/definition.ts";
import type { Json, JsonObject } from "../../shared/domain/json.ts";

export const VARIANTS = 16;
/** The source through which people speak for themselves, and what it says of how. */
export const FORM = "signup-form";
export const FORM_SAYS = { how: "sign-up form", wording: "2026-01" };

/** What is published first, and what may take its place. */
export type Variant = { first: Definition[]; second: Definition[]; edit: string };

/** The same with nothing paused: what an operator publishes in the end. */
export function resumed(definitions: Definition[]): Definition[] {
  if (!definitions.some(({ body }) => body["status"] === "paused")) return definitions;
  return definitions.map((one) =>
    one.body["status"] === "paused" ? { ...one, body: { ...one.body, status: "live" } } : one,
  );
}

type Draw = { chance: (p: number) => boolean; oneOf: <T>(...of: T[]) => T };

function drawing(seed: number): Draw {
  const random = seededRandom(seed * 7919 + 17);
  return {
    chance: (p) => random() < p,
    oneOf: (...of) => of[Math.floor(random() * of.length)] as (typeof of)[number],
  };
}

const define = (kind: DefinitionKind, id: string, body: JsonObject): Definition => ({
  kind,
  id,
  body,
  file: `${kind}/${id}.yaml`,
  lines: {},
});

function settingsOf({ chance, oneOf }: Draw): JsonObject {
  const quiet = oneOf(["20:00", "08:00"], ["22:00", "07:30"], ["21:30", "09:00"], ["12:00", "14:00"]);
  return {
    shop: { name: "Shop", from: "Shop <hi@shop.example>", url: "https://shop.example", postalAddress: "1 Street" },
    locales: { default: "en", supported: ["en", "fr"] },
    timezone: {
      default: oneOf("Europe/Paris", "America/New_York", "Australia/Lord_Howe"),
      byCountry: { FR: "Europe/Paris", US: "America/Chicago", IN: "Asia/Kolkata" },
    },
    frequencyCap: {
      marketing: { max: oneOf(1, 2, 3), within: oneOf("1 hour", "6 hours", "24 hours", "7 days") },
      ...(chance(0.25) && { service: { max: 2, within: "1 hour" } }),
    },
    quietHours: {
      ...(chance(0.6) && { marketing: { from: quiet[0] as string, to: quiet[1] as string } }),
      ...(chance(0.15) && { service: { from: "00:00", to: "05:00" } }),
    },
    ...(chance(0.4) && {
      existingCustomers: { within: oneOf("30 days", "2 hours"), ...(chance(0.5) && { countries: ["FR", "US"] }) },
    }),
    ...(chance(0.25) && { maxPerDay: oneOf(1, 2, 4) }),
    ...(chance(0.2) && { holdout: 30 }),
  };
}

/** What the law and the person's own word make of it; drawn apart. */
function lawOf({ chance, oneOf }: Draw): JsonObject {
  const basis = (likely: number) => ({
    default: chance(likely) ? "legitimate-interest" : "consent",
    ...(chance(0.4) && { byCountry: { US: "legitimate-interest", DE: "consent" } }),
  });
  return {
    consent: {
      forms: { [FORM]: FORM_SAYS },
      ...(chance(0.2) && { systems: ["shop"] }),
      basis: { marketing: basis(0.15), "open-tracking": basis(0.1) },
    },
    softBounces: { max: oneOf(2, 3), within: oneOf("30 days", "2 hours") },
    clickTracking: chance(0.6),
  };
}

const mail = (id: string): JsonObject & { id: string } => ({ id, send: "plain" });

function campaignsOf({ chance, oneOf }: Draw): JsonObject[] {
  const before = () => ({ sendBefore: oneOf("72 hours", "20 hours", "2 hours", "26 hours") });
  const holdout = () => ({ ...(chance(0.3) && { holdout: 40 }) });
  const all: [number, JsonObject][] = [
    [
      1,
      {
        campaign: "welcome",
        on: { event: "lead.created" },
        reentry: oneOf("never", "always", "after 1 hour"),
        steps: [mail("hello"), { id: "pause", wait: oneOf("1 minute", "5 minutes", "3 hours") }, mail("again")],
        ...holdout(),
      },
    ],
    [
      1,
      {
        campaign: "promo",
        on: { event: "lead.created" },
        reentry: "always",
        priority: "high",
        ...before(),
        ...holdout(),
      },
    ],
    [0.8, { campaign: "nudge", on: { event: "cart.updated" }, reentry: "always", priority: "low", ...before() }],
    [
      0.7,
      {
        campaign: "cart",
        on: { event: "cart.updated", key: "cart_id" },
        ...before(),
        steps: [
          {
            id: "until",
            wait: { event: "purchase.completed", timeout: oneOf("2 minutes", "1 hour"), onEvent: "exit" },
          },
          mail("remind"),
        ],
      },
    ],
    [
      1,
      {
        campaign: "receipt",
        on: { event: "purchase.completed", key: "order_id" },
        purpose: "service",
        priority: "high",
      },
    ],
    [
      0.6,
      {
        campaign: "thanks",
        on: { event: "purchase.completed" },
        reentry: "always",
        ...(chance(0.5) && { maxPerDay: oneOf(1, 2) }),
        ...holdout(),
      },
    ],
    [
      0.5,
      {
        campaign: "birthday",
        on: { event: "birthday.reached", key: "year" },
        priority: "high",
        sendBefore: "12 hours",
      },
    ],
    [0.5, { campaign: "silent", on: { entered: "silent" }, priority: oneOf("low", "normal"), ...before() }],
    [
      0.3,
      {
        campaign: "picky",
        on: { event: "lead.created" },
        audience: { trait: "country", exists: true },
        purpose: "service",
        steps: [{ id: "say", send: "picky" }],
      },
    ],
  ];
  const kept = all
    .filter(([p]) => chance(p))
    .map(([, body]) => ({ title: "A campaign", steps: [mail("say")], ...body }));
  if (chance(0.2)) Object.assign(kept[1] as JsonObject, { status: "paused" });
  return kept;
}

/** Campaigns that what the provider tells starts; drawn apart. `echo`: its own mails are delivered, too. */
function echoesOf({ chance }: Draw): JsonObject[] {
  const told = (campaign: string, event: string, more: JsonObject): JsonObject => ({
    ...{ campaign, title: "A campaign", on: { event }, reentry: "always", steps: [mail("say")], ...more },
  });
  return [
    ...(chance(0.3) ? [told("engaged", "email.clicked", {})] : []),
    ...(chance(0.06) ? [told("echo", "email.delivered", { purpose: "service", priority: "low" })] : []),
  ];
}

const SEGMENTS: Record<string, Json> = {
  buyers: { did: "purchase.completed" },
  silent: { all: [{ did: "cart.updated" }, { didNot: "cart.updated", for: "3 hours" }] },
  bounced: { did: "email.bounced" },
};

const text = (subject: string) => ({
  subject,
  html:
    '<p>Hi {{ profile.firstName | default: "you" }}</p><a href="https://shop.example/a?b=1&amp;c=2">A</a>' +
    '<a href="https://shop.example/b">B</a><a href="https://shop.example/c#d">C</a><a href="{{ preferencesUrl }}">mine</a>' +
    '<a href="{{ unsubscribeUrl }}">bye</a> {{ shop.postalAddress }}',
  text: 'Hi {{ profile.firstName | default: "you" }} {{ unsubscribeUrl }} {{ shop.postalAddress }}',
});

const TEMPLATES: Record<string, JsonObject> = {
  plain: { en: text('Hi {{ profile.firstName | default: "you" }}'), fr: text("Salut") },
  picky: { en: text("Hi {{ profile.nickname }}"), fr: text("Salut {{ profile.nickname }}") },
};

const definitionsOf = (settings: JsonObject, campaigns: JsonObject[]): Definition[] => [
  define("settings", "settings", settings),
  ...Object.entries(SEGMENTS).map(([id, where]) => define("segment", id, { segment: id, title: id, where })),
  ...campaigns.map((body) => define("campaign", body["campaign"] as string, body)),
  ...Object.entries(TEMPLATES).map(([id, locales]) => define("template", id, { template: id, locales })),
];

type Edit = (parts: { settings: JsonObject; campaigns: JsonObject[] }, draw: Draw) => void;
const campaignAt = (campaigns: JsonObject[], index: number) => campaigns[index] as JsonObject;

const edits: Record<string, Edit> = {
  steps: ({ campaigns }) => {
    Object.assign(campaignAt(campaigns, 0), {
      steps: [mail("hello"), { id: "later", wait: "1 minute" }, mail("third")],
    });
  },
  cap: ({ settings }, { oneOf }) => {
    settings["frequencyCap"] = { marketing: { max: oneOf(1, 3), within: oneOf("30 minutes", "48 hours") } };
  },
  holdout: ({ campaigns }) => {
    for (const body of campaigns) Object.assign(body, { holdout: 60 });
  },
  paused: ({ campaigns }, { oneOf }) => {
    Object.assign(campaignAt(campaigns, oneOf(0, 1, 2)), { status: "paused" });
  },
  archived: ({ campaigns }, { oneOf }) => {
    Object.assign(campaignAt(campaigns, oneOf(0, 1, 2)), { status: "archived" });
  },
  removed: ({ campaigns }, { oneOf }) => {
    campaigns.splice(oneOf(0, 1, 2), 1);
  },
  resumed: ({ campaigns }) => {
    for (const body of campaigns) delete body["status"];
    Object.assign(campaignAt(campaigns, 0), { sendBefore: "24 hours" });
  },
  quiet: ({ settings }) => {
    settings["quietHours"] = { marketing: { from: "18:00", to: "10:00" } };
  },
};

/** The shop of a number below `VARIANTS`. */
export function variantOf(number: number): Variant {
  const draw = drawing(number);
  const [settings, campaigns] = [settingsOf(draw), campaignsOf(draw)];
  const more = drawing(number + VARIANTS);
  Object.assign(settings, lawOf(more));
  campaigns.push(...echoesOf(more));
  const names = Object.keys(edits);
  const edit = names[number % names.length] as string;
  const changed = structuredClone({ settings, campaigns });
  edits[edit]?.(changed, draw);
  if (edit === "resumed") Object.assign(campaignAt(campaigns, 0), { status: "paused" });
  return {
    first: definitionsOf(settings, campaigns),
    second: definitionsOf(changed.settings, changed.campaigns),
    edit,
  };
}
