// Guarantees of definitions: one content, one hash; and every path of a rule leads to a line of its file.
import { describe, expect, test } from "vitest";
import { revisionOf } from "../../shared/domain/catalogue.ts";
import { type Definition, definitionHash, placeOf } from "../../shared/domain/definition.ts";

const definition: Definition = {
  kind: "campaign",
  id: "upsell",
  body: { campaign: "upsell" },
  file: "campaigns/upsell.yaml",
  lines: { campaign: "1:1", steps: "5:1", "steps[1]": "7:5", "steps[1].send": "8:5", audience: "3:1" },
};

describe("a place", () => {
  test.each([
    ["steps[1].send", "campaigns/upsell.yaml:8:5"],
    ["steps[1].wait", "campaigns/upsell.yaml:7:5"],
    ["steps[9].send", "campaigns/upsell.yaml:5:1"],
    ["audience.all[3].not.trait", "campaigns/upsell.yaml:3:1"],
    ["", "campaigns/upsell.yaml:1:1"],
    ["nowhere", "campaigns/upsell.yaml:1:1"],
  ])("of %j is the nearest written one, %s", (path, place) => {
    expect(placeOf(definition, path)).toBe(place);
  });

  test.each(["a[b]", "a.", ".a", "a..b", "[", "steps[1].x]", "a b.c[", "]"])(
    "of the odd path %j is found too, without end",
    (path) => {
      expect(placeOf(definition, path)).toMatch(/^campaigns\/upsell\.yaml:\d+:\d+$/);
    },
  );
});

test("the hash of a definition changes with its content, id, kind and lines", () => {
  const hash = definitionHash(definition);
  expect(definitionHash(structuredClone(definition))).toBe(hash);
  for (const change of [{ id: "other" }, { kind: "segment" as const }, { body: {} }, { lines: {} }]) {
    expect(definitionHash({ ...definition, ...change })).not.toBe(hash);
  }
});

test("a set of definitions has one revision, whatever their order", () => {
  const other = { ...definition, id: "other" };
  expect(revisionOf([definition, other])).toBe(revisionOf([other, definition]));
  expect(revisionOf([definition])).not.toBe(revisionOf([definition, other]));
});
