// Guarantees of the lawful basis: by purpose and country, never against a no; opens are watched only where that is lawful.
import { describe, expect, test } from "vitest";
import { basisFor, isBasisOpen, isLawful, mayTrackOpens } from "../../shared/domain/lawful-basis.ts";
import { settingsSchema } from "../../shared/domain/settings.ts";
import { NOW, SETTINGS } from "../support/builders.ts";

const settingsOf = (basis: object) => settingsSchema.parse({ ...SETTINGS, consent: { basis } });
const NONE = settingsSchema.parse(SETTINGS);
const MIXED = settingsOf({
  marketing: { byCountry: { CH: "legitimate-interest" } },
  "open-tracking": { default: "legitimate-interest", byCountry: { FR: "consent" } },
});

describe("the basis", () => {
  test.each([
    ["consent, where nothing is said", NONE, "marketing", "FR", "consent"],
    ["consent for opens, too", NONE, "open-tracking", undefined, "consent"],
    ["what the country has", MIXED, "marketing", "CH", "legitimate-interest"],
    ["else the default", MIXED, "marketing", "DE", "consent"],
    ["also where the country is not known", MIXED, "open-tracking", undefined, "legitimate-interest"],
    ["of each purpose its own", MIXED, "open-tracking", "FR", "consent"],
    ["consent for a purpose nobody configured", MIXED, "news", "CH", "consent"],
    ["nothing for a country that is none", MIXED, "marketing", "constructor", "consent"],
  ] as const)("is %s", (...[_what, settings, purpose, country, expected]) => {
    expect(basisFor(settings, purpose, country)).toBe(expected);
  });

  test("is open while a country that becomes known may change it", () => {
    expect(isBasisOpen(MIXED, "marketing", undefined)).toBe(true);
    expect(isBasisOpen(MIXED, "marketing", "DE")).toBe(false);
    expect(isBasisOpen(NONE, "marketing", undefined)).toBe(false);
    const alike = settingsOf({ marketing: { byCountry: { FR: "consent" } } });
    expect(isBasisOpen(alike, "marketing", undefined)).toBe(false);
  });

  test("of interest carries until somebody objects, one of consent not without a yes", () => {
    const asked = (consent: "granted" | "denied" | undefined, country: string) =>
      isLawful(MIXED, { purpose: "marketing", consent: consent && { state: consent }, country });
    expect([asked(undefined, "CH"), asked("granted", "CH"), asked("denied", "CH")]).toEqual([true, true, false]);
    expect([asked(undefined, "FR"), asked("granted", "FR"), asked("denied", "FR")]).toEqual([false, true, false]);
  });
});

describe("opens", () => {
  const track = (
    changes: Partial<Parameters<typeof mayTrackOpens>[1]> & { tracking?: "granted" | "denied" },
    settings = NONE,
  ) => {
    const { tracking, ...others } = changes;
    const consents = {
      marketing: { state: "granted" as const },
      ...(tracking && { "open-tracking": { state: tracking } }),
    };
    return mayTrackOpens(settings, {
      purpose: "marketing",
      consents,
      country: undefined,
      address: { optOuts: {} },
      ...others,
    });
  };

  test("are not watched unless the person agreed to that itself: a yes to marketing is none", () => {
    expect(track({})).toBe(false);
    expect(track({ tracking: "granted" })).toBe(true);
    expect(track({ tracking: "denied" })).toBe(false);
  });

  test("of service mails are never watched", () => {
    expect(track({ tracking: "granted", purpose: "service" })).toBe(false);
  });

  test("are not watched where somebody who reads at the address said no", () => {
    expect(track({ tracking: "granted", address: { optOuts: { "open-tracking": NOW } } })).toBe(false);
    expect(track({ tracking: "granted", address: { optOuts: { marketing: NOW } } })).toBe(true);
  });

  test("may rest on the shop's interest where it says so, until the person objects", () => {
    expect(track({}, MIXED)).toBe(true);
    expect(track({ country: "FR" }, MIXED)).toBe(false);
    expect(track({ tracking: "denied" }, MIXED)).toBe(false);
  });
});
