// Guarantees of consent: facts from systems can take it away but never bring it back, in whatever order they arrive.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Consent, consentsIn, heardFromSystem } from "../../shared/domain/consent.ts";
import { fold } from "../../shared/domain/fold.ts";
import { aCatalogue, anIdentify, aProfile, NOW } from "../support/builders.ts";

const said = (state: Consent["state"], at: number, by = "shop/1"): Consent => ({
  purpose: "marketing",
  channel: "email",
  state,
  at,
  by,
});
const heard = (list: Consent[]) => list.reduce<Consent | undefined>(heardFromSystem, undefined);

describe("what systems say", () => {
  test("unknown may become granted, with the proof of who said so and when", () => {
    expect(heard([said("granted", 5, "crm/9")])).toEqual(said("granted", 5, "crm/9"));
  });

  test("granted may become denied", () => {
    expect(heard([said("granted", 1), said("denied", 2)])?.state).toBe("denied");
  });

  test("denied is never lifted, however often and however late a system says granted", () => {
    expect(heard([said("denied", 1), said("granted", 2), said("granted", 99, "import/1")])).toEqual(said("denied", 1));
  });

  test("a grant older than the denial does not come before it by arriving later", () => {
    expect(heard([said("denied", 5), said("granted", 1)])?.state).toBe("denied");
  });

  const one = fc.record({
    state: fc.constantFrom("granted", "denied"),
    at: fc.nat({ max: 4 }),
    by: fc.constantFrom("a/1", "a/2", "b/1"),
  });
  const list = fc.array(one, { minLength: 1, maxLength: 6 });
  const consents = (facts: { state: Consent["state"]; at: number; by: string }[]) =>
    facts.map(({ state, at, by }) => said(state, at, by));

  test("any order of arrival gives the same consent and the same proof", () => {
    const shuffled = list.chain((facts) =>
      fc.tuple(fc.constant(facts), fc.shuffledSubarray(facts, { minLength: facts.length, maxLength: facts.length })),
    );
    fc.assert(
      fc.property(shuffled, ([facts, other]) => {
        expect(heard(consents(other))).toEqual(heard(consents(facts)));
      }),
    );
  });

  test("one denial anywhere is a denial, and hearing it again changes nothing", () => {
    fc.assert(
      fc.property(list, (facts) => {
        const result = heard(consents(facts)) as Consent;
        expect(result.state).toBe(facts.some(({ state }) => state === "denied") ? "denied" : "granted");
        expect(heard([...consents(facts), ...consents(facts)])).toEqual(result);
      }),
    );
  });
});

describe("the trait consent", () => {
  const stamp = { at: NOW, by: "shop/1" };

  test("names purposes", () => {
    expect(consentsIn({ consent: { marketing: "granted", news: "denied" } }, stamp)).toEqual([
      { purpose: "marketing", channel: "email", state: "granted", ...stamp },
      { purpose: "news", channel: "email", state: "denied", ...stamp },
    ]);
  });

  test.each([
    undefined,
    null,
    "granted",
    true,
    ["granted"],
    { marketing: true },
    { marketing: "yes" },
    { marketing: null },
    { marketing: "GRANTED" },
  ])("%j is no consent", (consent) => {
    expect(consentsIn(consent === undefined ? {} : { consent }, stamp)).toEqual([]);
  });

  test("of an identify that is older than the denial, or an import, lifts nothing on the profile", () => {
    const draft = aProfile();
    const catalogue = aCatalogue();
    fold(draft, anIdentify({ consent: { marketing: "denied" } }, { occurredAt: NOW }), catalogue);
    fold(draft, anIdentify({ consent: { marketing: "granted" } }, { occurredAt: NOW + 1 }), catalogue);
    fold(
      draft,
      anIdentify({ consent: { marketing: "granted" } }, { occurredAt: NOW - 1, late: true, source: "import" }),
      catalogue,
    );
    expect(draft.consents["marketing"]?.state).toBe("denied");
  });
});
