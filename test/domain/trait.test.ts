// Guarantees of traits: the latest word counts, whatever the order in which the words arrive.
import fc from "fast-check";
import { expect, test } from "vitest";
import { fold } from "../../shared/domain/fold.ts";
import type { Json } from "../../shared/domain/json.ts";
import { supersedes, textTrait } from "../../shared/domain/trait.ts";
import { aCatalogue, anIdentify, aProfile, NOW } from "../support/builders.ts";

const catalogue = aCatalogue();

function traitsAfter(events: ReturnType<typeof anIdentify>[]) {
  const draft = aProfile();
  for (const event of events) fold(draft, event, catalogue);
  return draft.traits;
}

test("a later word counts, an earlier one that arrives after it does not", () => {
  const first = anIdentify({ country: "FR", plan: "free" }, { occurredAt: NOW });
  const second = anIdentify({ country: "BE" }, { occurredAt: NOW + 1 });
  for (const order of [
    [first, second],
    [second, first],
  ]) {
    expect(traitsAfter(order)).toMatchObject({
      country: { value: "BE", at: NOW + 1 },
      plan: { value: "free", at: NOW },
    });
  }
});

test("of two words at the same instant the source and id decide, not the arrival", () => {
  const a = anIdentify({ country: "FR" }, { id: "a" });
  const b = anIdentify({ country: "BE" }, { id: "b" });
  expect(traitsAfter([a, b])["country"]?.value).toBe("BE");
  expect(traitsAfter([b, a])["country"]?.value).toBe("BE");
});

test("null takes a trait away, and an older value does not bring it back", () => {
  const taken = anIdentify({ firstName: null }, { occurredAt: NOW + 1 });
  const given = anIdentify({ firstName: "Zoé" }, { occurredAt: NOW });
  for (const order of [
    [given, taken],
    [taken, given],
  ])
    expect(textTrait(traitsAfter(order), "firstName")).toBeUndefined();
});

test("consent is kept as consent, not as a trait", () => {
  expect(traitsAfter([anIdentify({ consent: { marketing: "granted" }, plan: "free" })])).not.toHaveProperty("consent");
});

test("names out of JavaScript's own cupboard do no harm", () => {
  const traits = JSON.parse('{"__proto__": {"email": "x"}, "constructor": "y", "plan": "free"}') as Record<
    string,
    Json
  >;
  const after = traitsAfter([anIdentify(traits)]);
  expect(after["plan"]?.value).toBe("free");
  expect(textTrait(after, "email")).toBeUndefined();
  expect(({} as Record<string, unknown>)["email"]).toBeUndefined();
});

test("only a text that says something is a text", () => {
  const traits = traitsAfter([anIdentify({ empty: "", number: 5, list: ["a"], text: "a" })]);
  expect(["empty", "number", "list", "absent"].map((name) => textTrait(traits, name))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(textTrait(traits, "text")).toBe("a");
});

type Word = { at: number; id: string; source: string; traits: Record<string, Json> };
const word: fc.Arbitrary<Word> = fc.record({
  at: fc.integer({ min: 0, max: 4 }),
  id: fc.constantFrom("a", "b", "c", "d"),
  source: fc.constantFrom("crm", "shop"),
  traits: fc.dictionary(
    fc.constantFrom("country", "plan", "age", "birthday"),
    fc.constantFrom<Json>("FR", "BE", 18, null, "--05-17"),
  ),
});

test("any order of arrival gives the same traits", () => {
  const words = fc.uniqueArray(word, { maxLength: 7, selector: ({ source, id }) => `${source}/${id}` });
  const shuffled = words.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length })),
  );
  const events = (list: Word[]) =>
    list.map(({ at, traits, ...rest }) => anIdentify(traits, { ...rest, occurredAt: NOW + at }));
  fc.assert(
    fc.property(shuffled, ([list, other]) => {
      expect(traitsAfter(events(other))).toEqual(traitsAfter(events(list)));
    }),
  );
});

test("superseding is a strict order: of two different stamps exactly one wins, and none beats itself", () => {
  const stamp = fc.record({ at: fc.nat({ max: 3 }), by: fc.constantFrom("a/1", "a/2", "b/1") });
  fc.assert(
    fc.property(stamp, stamp, (a, b) => {
      const aWins = supersedes(a, { value: 1, ...b });
      const bWins = supersedes(b, { value: 1, ...a });
      expect([aWins, bWins].filter(Boolean)).toHaveLength(a.at === b.at && a.by === b.by ? 0 : 1);
    }),
  );
});
