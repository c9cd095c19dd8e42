// Guarantees of consent: the weightiest of all that was ever said counts, in whatever order, batches and repeats it is heard.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Consent, consentsIn, heard, isAnotherWord } from "../../shared/domain/consent.ts";
import { decide } from "../../shared/domain/decide.ts";
import { OWN_SOURCE } from "../../shared/domain/deciding.ts";
import { fold } from "../../shared/domain/fold.ts";
import { settingsSchema } from "../../shared/domain/settings.ts";
import { traitProblem } from "../../shared/domain/trait-check.ts";
import { aCatalogue, anIdentify, aProfile, days, NOW, SETTINGS } from "../support/builders.ts";

type Said = Pick<Consent, "state" | "at"> & { actor?: "person" | "system"; by?: string };

const said = ({ state, at, actor = "system", by = "crm/1" }: Said): Consent => ({
  ...{ purpose: "marketing", channel: "email", state, at, by, actor },
});
const heldBy = (...words: Said[]): Consent | undefined => words.map(said).reduce<Consent | undefined>(heard, undefined);
const yes = (at: number, actor: Said["actor"] = "system"): Said => ({ state: "granted", at, actor });
const no = (at: number, actor: Said["actor"] = "system"): Said => ({ state: "denied", at, actor });

describe("whose word changes a consent", () => {
  test.each([
    ["a system takes unknown to granted", [yes(1)], "granted"],
    ["a system takes granted to denied", [yes(1), no(2)], "denied"],
    ["a system takes a person's yes to denied", [yes(1, "person"), no(2)], "denied"],
    ["a system never takes denied to granted", [no(1), yes(2), yes(99)], "denied"],
    ["not by what a system knew earlier either", [no(5), yes(1)], "denied"],
    ["a person's later yes lifts a person's no", [no(1, "person"), yes(2, "person")], "granted"],
    ["a person's later yes lifts a system's no", [no(1), yes(2, "person")], "granted"],
    ["a person's earlier yes does not", [no(2), yes(1, "person")], "denied"],
    ["accepted at one instant, the no wins", [no(2), yes(2, "person")], "denied"],
    ["whichever is heard first", [yes(2, "person"), no(2, "person")], "denied"],
    ["a no after the yes that lifted a no", [no(1), yes(2, "person"), no(3, "person")], "denied"],
  ] as [string, Said[], string][])("%s", (_what, words, state) => {
    expect(heldBy(...words)?.state).toBe(state);
  });

  test("the first yes of a system is the proof; of a person's the last", () => {
    expect(heldBy(yes(3), yes(1), yes(2))?.at).toBe(1);
    expect(heldBy(yes(1, "person"), yes(3, "person"), yes(2, "person"))?.at).toBe(3);
    expect(heldBy(yes(1), yes(5, "person"), yes(2))).toMatchObject({ at: 5, actor: "person" });
  });

  test("what was stored before there were actors was said by a system", () => {
    const { actor: _, ...old } = said(no(1));
    expect(heard(old, said(yes(2))).state).toBe("denied");
    expect(heard(old, said(yes(2, "person"))).state).toBe("granted");
  });
});

describe("laws", () => {
  const word: fc.Arbitrary<Said> = fc.record({
    state: fc.constantFrom("granted", "denied"),
    at: fc.nat({ max: 4 }),
    actor: fc.constantFrom("person", "system"),
    by: fc.constantFrom("a/1", "a/2", "b/1"),
  });
  // One event has one speaker: `by` names it.
  const words = fc.uniqueArray(word, { minLength: 1, maxLength: 7, selector: ({ by, at }) => `${by}@${at}` });
  const shuffled = words.chain((list) =>
    fc.tuple(
      fc.constant(list),
      fc.shuffledSubarray([...list, ...list], { minLength: list.length * 2, maxLength: list.length * 2 }),
    ),
  );

  test("any order and any repeats give the same consent with the same proof", () => {
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        expect(heldBy(...other)).toEqual(heldBy(...list));
      }),
      { numRuns: 1_000 },
    );
  });

  test("a no is lifted by nothing but a person's yes that was accepted later than every no", () => {
    fc.assert(
      fc.property(words, (list) => {
        const lastNo = Math.max(-1, ...list.filter(({ state }) => state === "denied").map(({ at }) => at));
        const lifts = list.some(({ state, actor, at }) => state === "granted" && actor === "person" && at > lastNo);
        expect(heldBy(...list)?.state).toBe(lastNo === -1 || lifts ? "granted" : "denied");
      }),
      { numRuns: 1_000 },
    );
  });

  test("what changes nothing leaves the very same consent", () => {
    fc.assert(
      fc.property(words, (list) => {
        const known = heldBy(...list) as Consent;
        for (const one of list) expect(heard(known, said(one))).toBe(known);
      }),
    );
  });
});

test("there is something to prove where state, speaker, means or wording are others, not for the same once more", () => {
  const first = { ...said(no(1)), how: "phone call" };
  expect(isAnotherWord(undefined, first)).toBe(true);
  expect(isAnotherWord(first, { ...first, at: 9, by: "crm/2" })).toBe(false);
  const others: Partial<Consent>[] = [
    { state: "granted" },
    { actor: "person" },
    { how: "letter" },
    { wording: "2026-01" },
  ];
  for (const change of others) expect(isAnotherWord(first, { ...first, ...change })).toBe(true);
});

const policyOf = (consent: object) => settingsSchema.parse({ ...SETTINGS, consent }).consent;
const FORM = policyOf({ forms: { website: { how: "newsletter form", wording: "2026-01" } } });

describe("the trait consent", () => {
  const read = (consent: unknown, changes: Parameters<typeof anIdentify>[1] = {}, policy = policyOf({})) =>
    consentsIn(anIdentify(consent === undefined ? {} : { consent: consent as never }, changes), "shop/1", policy);

  test("names purposes", () => {
    expect(read({ marketing: "granted", news: "denied" })).toEqual([
      { purpose: "marketing", channel: "email", state: "granted", at: NOW, by: "shop/1", actor: "system" },
      { purpose: "news", channel: "email", state: "denied", at: NOW, by: "shop/1", actor: "system" },
    ]);
  });

  test("may carry its proof, and says when it was said where that was not when it was accepted", () => {
    const word = { state: "granted", how: "till", wording: "v3" };
    expect(read({ marketing: word }, { occurredAt: NOW - 5, receivedAt: NOW })).toEqual([
      expect.objectContaining({ at: NOW, saidAt: NOW - 5, how: "till", wording: "v3", actor: "system" }),
    ]);
  });

  test("of a form is the person's own word, with the form's means and wording where it names none", () => {
    expect(read({ marketing: "granted" }, { source: "website" }, FORM)).toEqual([
      expect.objectContaining({ actor: "person", how: "newsletter form", wording: "2026-01" }),
    ]);
    const own = { state: "granted", wording: "2026-02" };
    expect(read({ marketing: own }, { source: "website" }, FORM)).toEqual([
      expect.objectContaining({ how: "newsletter form", wording: "2026-02" }),
    ]);
    expect(read({ marketing: "granted" }, { source: "crm" }, FORM)).toEqual([
      expect.not.objectContaining({ how: "newsletter form" }),
    ]);
  });

  test.each(["constructor", "__proto__", "toString", "X #1", "", "m".repeat(41)])(
    "of a purpose that is none (%j), as a step may take it from an event, says nothing",
    (purpose) => {
      expect(read(JSON.parse(`{ ${JSON.stringify(purpose)}: "denied" }`))).toEqual([]);
    },
  );

  test("of a system that may bring no yes is a yes to nothing, while its no counts", () => {
    const policy = policyOf({ forms: { website: {} }, systems: ["till"] });
    expect(read({ marketing: "granted" }, { source: "crm" }, policy)).toEqual([]);
    expect(read({ marketing: "denied" }, { source: "crm" }, policy)).toMatchObject([{ state: "denied" }]);
    expect(read({ marketing: "granted" }, { source: "till" }, policy)).toHaveLength(1);
    expect(read({ marketing: "granted" }, { source: "website" }, policy)).toHaveLength(1);
    expect(read({ marketing: "granted" }, { source: "constructor" }, policy)).toEqual([]);
  });

  test("counts by our clock: a phone a day ahead gains nothing", () => {
    const [word] = read(
      { marketing: "granted" },
      { source: "website", occurredAt: NOW + days(1), receivedAt: NOW },
      FORM,
    );
    expect(heard(said(no(NOW + 1, "person")), word as Consent).state).toBe("denied");
  });

  test("where the second alone is known, a person's yes counts from its beginning and a no from its end", () => {
    const within = { source: "website", occurredAt: NOW, acceptedAt: NOW, receivedAt: NOW + 999 };
    expect(read({ marketing: "granted" }, within, FORM)).toMatchObject([{ at: NOW }]);
    expect(read({ marketing: "denied" }, within, FORM)).toMatchObject([{ at: NOW + 999 }]);
  });

  test("the yes of long ago that comes only now, by an import or a replay, lifts no later no", () => {
    const old = { source: "website", occurredAt: NOW - days(900), receivedAt: NOW, late: true };
    const [word] = read({ marketing: "granted" }, old, FORM);
    expect(heard(said(no(NOW - days(5))), word as Consent).state).toBe("denied");
    expect(heard(said(no(NOW - days(901))), word as Consent).state).toBe("granted");
    expect(read({ marketing: "denied" }, old, FORM)).toMatchObject([{ at: NOW }]);
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
    { marketing: ["granted"] },
    { marketing: { state: "GRANTED" } },
    { marketing: { how: "form" } },
  ])("%j is no consent", (consent) => {
    expect(read(consent)).toEqual([]);
  });

  test.each([
    [{ marketing: { state: "granted" } }, true],
    [{ marketing: { state: "denied", how: "letter of 2 March", wording: "v1" } }, true],
    [{ marketing: { state: "granted", how: "two\nlines" } }, false],
    [{ marketing: { state: "granted", how: "two\u2028lines" } }, false],
    [{ marketing: { state: "granted", how: "" } }, false],
    [{ marketing: { state: "granted", how: "x".repeat(201) } }, false],
    [{ marketing: { state: "granted", how: 7 } }, false],
    [{ marketing: { state: "granted", actor: "person" } }, false],
    [{ marketing: { how: "form" } }, false],
    [{ constructor: "granted" }, false],
    [{}, false],
  ])("%j at the door: %s", (consent, isFine) => {
    expect(traitProblem({ consent } as never) === undefined).toBe(isFine);
  });
});

test("no step of a campaign can be made to speak for people", () => {
  expect(() => policyOf({ forms: { [OWN_SOURCE]: {} } })).toThrow("a step of a campaign speaks for nobody");
});

describe("on the profile", () => {
  const FORMS = { consent: { forms: { website: {} } } };
  const catalogue = aCatalogue({ settings: FORMS });
  const consent = (state: string) => ({ consent: { marketing: state } });

  test("neither identify, import nor a step of a campaign lifts a no; the person does by a form", () => {
    const draft = aProfile();
    fold(draft, anIdentify(consent("denied")), catalogue);
    for (const source of ["shop", "import", OWN_SOURCE])
      fold(draft, anIdentify(consent("granted"), { source, occurredAt: NOW + 5 }), catalogue);
    expect(draft.consents["marketing"]).toMatchObject({ state: "denied" });
    fold(draft, anIdentify(consent("granted"), { source: "website", occurredAt: NOW + 1 }), catalogue);
    expect(draft.consents["marketing"]).toMatchObject({ state: "granted", actor: "person", at: NOW + 1 });
  });

  test("a decision tells every word that counted, with the address of that moment, and nothing of the others", () => {
    const wordsOf = (...events: ReturnType<typeof anIdentify>[]) => {
      let profile = aProfile();
      return events.flatMap((event) => {
        const decided = decide(profile, { kind: "event", event }, { catalogue, now: NOW + 9 });
        profile = decided.profile;
        return decided.effects.flatMap((effect) =>
          effect.kind === "consent-changed" ? [[effect.before?.state, effect.after.state, effect.email]] : [],
        );
      });
    };
    expect(
      wordsOf(
        anIdentify({ ...consent("granted"), email: "Ana@Example.com" }, { occurredAt: NOW + 1 }),
        anIdentify(consent("granted"), { occurredAt: NOW + 2 }),
        anIdentify(consent("denied"), { occurredAt: NOW + 3 }),
        anIdentify({ email: "other@example.com" }, { occurredAt: NOW + 4 }),
        anIdentify(consent("denied"), { occurredAt: NOW + 5 }),
        anIdentify({ firstName: "Ana" }, { occurredAt: NOW + 6 }),
      ),
    ).toEqual([
      [undefined, "granted", "ana@example.com"],
      ["granted", "denied", "ana@example.com"],
      ["denied", "denied", "other@example.com"],
    ]);
  });
});
