// Guarantees of segments as written: mistakes are told with a fix, segments are judged after those they use, circles are named.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../shared/domain/json.ts";
import { checkSegment, compileSegment, inOrderOfUse, type Segment } from "../../shared/domain/segment.ts";
import { aCatalogue } from "../support/builders.ts";

const sound = { segment: "leads", title: "Leads", where: { did: "lead.created" } };

describe("a segment as written", () => {
  test("that is sound has no problem", () => {
    expect(checkSegment(sound)).toEqual([]);
  });

  test.each([
    ["no rule", { segment: "leads", title: "Leads" }, "where", "missing", "is missing"],
    ["a rule that is a text", { ...sound, where: "everybody" }, "where", "not_a_condition", "trait: country"],
    ["a mistyped field", { ...sound, titl: "x" }, "titl", "unknown_field", "did you mean title?"],
    ["an id that is none", { ...sound, segment: "Big Spenders" }, "segment", "invalid_format", "big-spenders"],
    ["an empty title", { ...sound, title: "" }, "title", "too_small", ""],
    [
      "a wrong rule deep inside",
      { ...sound, where: { all: [{ not: { did: "x" } }] } },
      "where.all[0].not.did",
      "not_an_event",
      "purchase.completed",
    ],
  ] as [string, Json, string, string, string][])(
    "with %s is answered with path and fix",
    (...[_what, body, path, code, fix]) => {
      const problem = checkSegment(body).find((one) => one.path === path);
      expect(problem).toMatchObject({ path, code });
      expect(problem?.message).toContain(fix);
    },
  );
});

function aSegment(id: string, uses: string[]): Segment {
  const where: Json = { any: [{ did: "lead.created" }, ...uses.map((used) => ({ inSegment: used }))] };
  return compileSegment(
    { kind: "segment", id, body: { segment: id, title: id, where }, file: "", lines: {} },
    { counters: [], segments: [] },
  );
}
const idsOf = (segments: Segment[]) => segments.map(({ id }) => id);

describe("segments that use segments", () => {
  test("come after those they use", () => {
    expect(idsOf(inOrderOfUse([aSegment("c", ["b"]), aSegment("b", ["a"]), aSegment("a", [])]).ordered)).toEqual([
      "a",
      "b",
      "c",
    ]);
  });

  test.each([
    ["one that uses itself", [aSegment("a", ["a"])], ["a", "a"]],
    ["two that use each other", [aSegment("a", ["b"]), aSegment("b", ["a"])], ["a", "b", "a"]],
    [
      "a circle behind a tail",
      [aSegment("t", ["a"]), aSegment("a", ["b"]), aSegment("b", ["c"]), aSegment("c", ["a"])],
      ["a", "b", "c", "a"],
    ],
  ])("in a circle are named: %s", (_what, segments, cycle) => {
    expect(inOrderOfUse(segments).cycle).toEqual(cycle);
  });

  test("a use of a segment that does not exist is no circle", () => {
    expect(inOrderOfUse([aSegment("a", ["gone"])])).toMatchObject({ ordered: [{ id: "a" }] });
  });

  test("any set of uses that only look back is ordered, and keeps every segment once", () => {
    const graph = fc.array(fc.array(fc.nat({ max: 6 }), { maxLength: 3 }), { minLength: 1, maxLength: 7 });
    fc.assert(
      fc.property(graph, fc.infiniteStream(fc.nat()), (lists, keys) => {
        const segments = lists.map((uses, index) =>
          aSegment(
            `s${index}`,
            uses.filter((used) => used < index).map((used) => `s${used}`),
          ),
        );
        const shuffled = segments
          .map((segment) => ({ segment, key: keys.next().value as number }))
          .toSorted((a, b) => a.key - b.key);
        const { ordered, cycle } = inOrderOfUse(shuffled.map(({ segment }) => segment));
        expect(cycle).toBeUndefined();
        expect(idsOf(ordered).toSorted()).toEqual(idsOf(segments).toSorted());
        for (const [place, segment] of ordered.entries()) {
          for (const used of segment.uses) expect(idsOf(ordered).indexOf(used)).toBeLessThan(place);
        }
      }),
    );
  });
});

test("rules that ask about the same events share one counter, as long as the longest of them needs", () => {
  const { counters, countersHash } = aCatalogue({
    segments: {
      once: { did: "purchase.completed" },
      thrice: { did: "purchase.completed", atLeast: 3 },
      readers: { did: "purchase.completed", where: { property: "category", eq: "books" } },
    },
  });
  expect(counters.get("purchase.completed")?.map(({ key, keep }) => [key, keep])).toEqual([
    ["purchase.completed", 5],
    ['purchase.completed?{"property":"category","eq":"books"}', 3],
  ]);
  const fewer = aCatalogue({ segments: { once: { did: "purchase.completed" } } });
  expect(fewer.countersHash).not.toBe(countersHash);
});
