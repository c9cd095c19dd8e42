// Guarantees of the shop's settings: wrong ones are refused with their field, and a reader gets the nearest language.
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../shared/domain/json.ts";
import { problemsOf } from "../../shared/domain/problem.ts";
import { localeFor, settingsSchema } from "../../shared/domain/settings.ts";
import { SETTINGS } from "../support/builders.ts";

const shop = SETTINGS["shop"] as JsonObject;
const WEEKLY = { max: 3, within: "7 days" };
const problems = (changes: JsonObject) => {
  const parsed = settingsSchema.safeParse({ ...SETTINGS, ...changes }, { reportInput: true });
  return parsed.success ? [] : problemsOf(parsed.error, Object.keys(settingsSchema.shape));
};

test("sound settings have no problem, and birthdays are at nine unless said otherwise", () => {
  expect(problems({})).toEqual([]);
  const { birthday: _birthday, ...rest } = SETTINGS;
  expect(settingsSchema.parse(rest).birthday).toEqual({ at: "09:00" });
});

test("people are kept for 30 days at least", () => {
  expect(problems({ retention: { after: "30 days" } })).toEqual([]);
  expect(problems({ retention: { after: "a while" } })).toHaveLength(1);
});

describe("wrong settings are refused with their field", () => {
  test.each([
    ["shop.name", { shop: { ...shop, name: "two\nlines" } }, "one line"],
    ["shop.from", { shop: { ...shop, from: "hello@shop.example" } }, "My Shop <hello@example.com>"],
    ["shop.from", { shop: { ...shop, from: "Shop\r\nBcc: x@y.z <hello@shop.example>" } }, ""],
    ["shop.url", { shop: { ...shop, url: "shop" } }, ""],
    ["shop.postalAddress", { shop: { ...shop, postalAddress: "" } }, ""],
    [
      "shop.nam",
      { shop: { ...Object.fromEntries(Object.entries(shop).filter(([key]) => key !== "name")), nam: "x" } },
      "did you mean name?",
    ],
    ["timezone.default", { timezone: { default: "Paris" } }, "Europe/Paris"],
    ["timezone.default", { timezone: { default: "IST" } }, "IANA"],
    ["timezone.byCountry.FR", { timezone: { default: "Europe/Paris", byCountry: { FR: "France" } } }, "Europe/Paris"],
    [
      "timezone.byCountry.Schweiz",
      { timezone: { default: "Europe/Paris", byCountry: { Schweiz: "Europe/Zurich" } } },
      "two capital letters such as CH",
    ],
    [
      "consent.basis.marketing.byCountry.Switzerland",
      { consent: { basis: { marketing: { byCountry: { Switzerland: "legitimate-interest" } } } } },
      "two capital letters such as CH",
    ],
    ["retention.after", { retention: { after: "29 days" } }, "30 days or more"],
    ["retention.after", { retention: { after: "1 hour", automatic: true } }, "erased for good"],
    ["retention.after", { retention: { after: "a while" } }, "such as 30 days or 12 hours"],
    ["birthday.at", { birthday: { at: "9:00" } }, "09:00"],
    ["birthday.at", { birthday: { at: "24:00" } }, "09:00"],
    ["locales.default", { locales: { default: "french", supported: ["fr"] } }, "fr-CH"],
    ["locales.supported", { locales: { default: "fr", supported: [] } }, ""],
    ["frequencyCap.marketing.max", { frequencyCap: { marketing: { max: 0, within: "7 days" } } }, ""],
    ["frequencyCap.marketing.max", { frequencyCap: { marketing: { max: 51, within: "7 days" } } }, "50"],
    ["frequencyCap.marketing.within", { frequencyCap: { marketing: { max: 3, within: "a week" } } }, "30 days"],
    ["frequencyCap", { frequencyCap: undefined }, "is missing"],
    ["frequencyCap.service.max", { frequencyCap: { marketing: WEEKLY, service: { max: 0, within: "1 day" } } }, ""],
    ["frequencyCap.news", { frequencyCap: { marketing: WEEKLY, news: WEEKLY } }, "not a known field"],
    ["quietHours.marketing.from", { quietHours: { marketing: { from: "9pm", to: "08:00" } } }, '"09:00"'],
    ["quietHours.marketing.to", { quietHours: { marketing: { from: "21:00" } } }, "is missing"],
    ["quietHours.marketing.to", { quietHours: { marketing: { from: "21:00", to: "21:00" } } }, "must differ"],
    ["quietHours.markting", { quietHours: { markting: { from: "21:00", to: "08:00" } } }, "not a known field"],
    ["existingCustomers.within", { existingCustomers: { countries: ["FR"] } }, "is missing"],
    ["existingCustomers.within", { existingCustomers: { within: "a year" } }, "30 days"],
    ["existingCustomers.countries[1]", { existingCustomers: { within: "9 days", countries: ["FR", "France"] } }, "FR"],
    ["existingCustomers.countries", { existingCustomers: { within: "9 days", countries: [] } }, "leave it out"],
    ["existingCustomers", { existingCustomers: true }, "{ within: 365 days, countries: [DE] }"],
    ["quietHours.marketing", { quietHours: { marketing: "21:00-08:00" } }, '{ from: "21:00", to: "08:00" }'],
    ["frequencyCap.service", { frequencyCap: { marketing: WEEKLY, service: 3 } }, "{ max: 3, within: 7 days }"],
    ["frequencyCap.marketing", { frequencyCap: {} }, "is missing"],
    ["maxPerDay", { maxPerDay: 0 }, "1 or more"],
    ["maxPerDay", { maxPerDay: 1.5 }, "such as 500"],
    ["maxPerDay", { maxPerDay: "many" }, "such as 500"],
  ] as [string, { [name: string]: Json | undefined }, string][])("%s", (path, changes, fix) => {
    const problem = problems(changes as JsonObject).find((one) => one.path === path);
    expect(problem?.message).toContain(fix);
  });
});

describe("a reader's locale", () => {
  const locales = { default: "en", supported: ["fr-CH", "fr", "de-AT", "en"] };
  test.each([
    ["fr-CH", "fr-CH"],
    ["fr_CH", "fr-CH"],
    ["FR-ch", "fr-CH"],
    ["fr", "fr"],
    ["de", "de-AT"],
    ["de-DE", "de-AT"],
    ["it", "en"],
    ["nonsense", "en"],
    ["", "en"],
    [undefined, "en"],
  ])("%s is served as %s", (wanted, expected) => {
    expect(localeFor(wanted, locales)).toBe(expected);
  });
});
