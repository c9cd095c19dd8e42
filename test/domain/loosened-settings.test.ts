// Guarantees about settings that protect people less than before: each is named with what it does, and nothing else is.
import { describe, expect, test } from "vitest";
import type { Definition } from "../../shared/domain/definition.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { loosenedSettings } from "../../shared/domain/loosened-settings.ts";
import { SETTINGS } from "../support/builders.ts";

const LINES = { retention: "7:1", "retention.after": "7:14" };
const settings = (changes: JsonObject): Definition[] => [
  { kind: "settings", id: "settings", body: { ...SETTINGS, ...changes }, file: "relance.yaml", lines: LINES },
];
const between = (before: JsonObject, after: JsonObject) => loosenedSettings(settings(before), settings(after));
const basis = (marketing: JsonObject): JsonObject => ({ consent: { basis: { marketing } } });
const OWN = "legitimate-interest";

/** Name, before, after, path, a part of the sentence: from left to right it takes protection away, from right to left it gives it. */
const cases: [name: string, before: JsonObject, after: JsonObject, path: string, says: string][] = [
  ["people kept shorter", {}, { retention: { after: "30 days" } }, "retention.after", "for 30 days may be erased"],
  ["one day less", { retention: { after: "1 year" } }, { retention: { after: "364 days" } }, "retention.after", "364"],
  ["erased by itself", {}, { retention: { automatic: true } }, "retention.automatic", "Every night"],
  ["a form", {}, { consent: { forms: { crm: {} } } }, "consent.forms.crm", "lifts their earlier no"],
  [
    "a system more",
    { consent: { systems: ["shop"] } },
    { consent: { systems: ["shop", "crm"] } },
    "consent.systems",
    'The yes of "crm" counts',
  ],
  ["every system", { consent: { systems: ["shop"] } }, {}, "consent.systems", "every source"],
  ["no word needed", {}, basis({ default: OWN }), "consent.basis.marketing.default", "wherever nothing else is said"],
  [
    "no word needed in a country",
    basis({ byCountry: { FR: "consent" } }),
    basis({ byCountry: { FR: "consent", CH: OWN } }),
    "consent.basis.marketing.byCountry.CH",
    "until they say no: CH.",
  ],
  [
    "an exception to the rule taken away",
    basis({ default: OWN, byCountry: { FR: "consent" } }),
    basis({ default: OWN }),
    "consent.basis.marketing.byCountry.FR",
    "FR.",
  ],
  [
    "opens seen without asking",
    {},
    { consent: { basis: { "open-tracking": { default: OWN } } } },
    "consent.basis.open-tracking.default",
    "open their mails",
  ],
  ["customers without a yes", {}, { existingCustomers: { within: "9 days" } }, "existingCustomers", "within 9 days"],
  [
    "customers for longer",
    { existingCustomers: { within: "9 days" } },
    { existingCustomers: { within: "10 days" } },
    "existingCustomers.within",
    "10 days",
  ],
  [
    "customers of another country",
    { existingCustomers: { within: "9 days", countries: ["DE"] } },
    { existingCustomers: { within: "9 days", countries: ["DE", "AT"] } },
    "existingCustomers.countries",
    "in DE, AT",
  ],
  [
    "customers everywhere",
    { existingCustomers: { within: "9 days", countries: ["DE"] } },
    { existingCustomers: { within: "9 days" } },
    "existingCustomers.countries",
    "9 days gets",
  ],
];

describe("settings that protect people less", () => {
  test.each(cases)("%s: named, with what it does to people", (_, ...[before, after, path, says]) => {
    expect(between(before, after)).toMatchObject([{ path, says: expect.stringContaining(says) }]);
  });

  test.each(cases)("%s: taken back, nothing is named", (_, before, after) => {
    expect(between(after, before)).toEqual([]);
  });

  test("are named all, each at its place in the new file", () => {
    const found = between(
      {},
      { retention: { after: "90 days", automatic: true }, consent: { forms: { a: {}, b: {} } } },
    );
    expect(found.map(({ path, place }) => [path, place])).toEqual([
      ["retention.after", "relance.yaml:7:14"],
      ["retention.automatic", "relance.yaml:7:1"],
      ["consent.forms.a", "relance.yaml:1:1"],
      ["consent.forms.b", "relance.yaml:1:1"],
    ]);
  });
});

test.each([
  ["the same time in other words", { retention: { after: "1 year" } }, { retention: { after: "365 days" } }],
  ["a form that becomes a system", { consent: { forms: { a: {} }, systems: [] } }, { consent: { systems: ["a"] } }],
  ["more soft bounces", { softBounces: { max: 3 } }, { softBounces: { max: 20 } }],
  ["what a form shows", { consent: { forms: { a: {} } } }, { consent: { forms: { a: { wording: "2" } } } }],
  ["a country that says what holds anyway", basis({ default: OWN }), basis({ default: OWN, byCountry: { CH: OWN } })],
] as [string, JsonObject, JsonObject][])("%s is not among them", (_, before, after) => {
  expect(between(before, after)).toEqual([]);
});

test("the first settings of all loosen nothing", () => {
  expect(loosenedSettings([], settings({ retention: { automatic: true } }))).toEqual([]);
});
