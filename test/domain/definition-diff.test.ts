// Guarantees of the semantic diff: nothing for the same meaning, every change of a clause at its place in the new file.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { diffBodies } from "../../shared/domain/body-diff.ts";
import type { Definition, DefinitionKind } from "../../shared/domain/definition.ts";
import { type ClauseChange, diffDefinitions } from "../../shared/domain/definition-diff.ts";
import type { Json, JsonObject } from "../../shared/domain/json.ts";

const define = (kind: DefinitionKind, body: JsonObject, lines: Record<string, string> = {}): Definition => {
  const id = String(body[kind]);
  return { kind, id, body, file: `${kind}s/${id}.yaml`, lines };
};
const segment = (where: Json, lines?: Record<string, string>) =>
  define("segment", { segment: "vip", title: "VIP", where }, lines);
const campaign = (body: JsonObject) => define("campaign", { campaign: "hello", title: "Hello", ...body });

const text = ({ path, kind, before, after }: ClauseChange) =>
  [kind, path, ...[before, after].flatMap((value) => (value === undefined ? [] : JSON.stringify(value)))].join(" ");
const changesOf = (before: Definition, after: Definition) =>
  diffDefinitions([before], [after]).flatMap(({ changes }) => changes.map(text));

describe("diffDefinitions", () => {
  test("names what came, what went and what changed, kind by kind", () => {
    const before = [campaign({ steps: [] }), segment({ churnRisk: true })];
    const after = [segment({ churnRisk: false }), define("campaign", { campaign: "bye", title: "Bye" })];
    expect(diffDefinitions(before, after).map(({ kind, id, change }) => `${change} ${kind} ${id}`)).toEqual([
      "changed segment vip",
      "added campaign bye",
      "removed campaign hello",
    ]);
  });

  test("a threshold is one change, at its line in the new file", () => {
    const rule = (atLeast: number) => ({ all: [{ did: "purchase.completed", atLeast }, { churnRisk: false }] });
    const [diff] = diffDefinitions(
      [segment(rule(3), { "where.all[0].atLeast": "4:9" })],
      [segment(rule(5), { "where.all[0].atLeast": "6:9" })],
    );
    expect(diff?.changes).toEqual([
      { path: "where.all[0].atLeast", place: "segments/vip.yaml:6:9", kind: "changed", before: 3, after: 5 },
    ]);
  });

  test("a condition that came does not make the others look changed", () => {
    const lead = { did: "lead.created", atLeast: 1 };
    const rich = { sum: "purchase.completed", of: "amount", gte: "500 EUR" };
    expect(changesOf(segment({ all: [rich] }), segment({ all: [lead, { ...rich, gte: "800 EUR" }] }))).toEqual([
      `added where.all[0] {"did":"lead.created","atLeast":1}`,
      `changed where.all[1].gte "500 EUR" "800 EUR"`,
    ]);
  });

  test("another operator shows both questions whole", () => {
    expect(changesOf(segment({ all: [{ churnRisk: true }] }), segment({ any: [{ churnRisk: true }] }))).toEqual([
      `changed where {"all":[{"churnRisk":true}]} {"any":[{"churnRisk":true}]}`,
    ]);
  });

  test("steps are known by their ids, arms by their names, wherever they stand", () => {
    const before = campaign({
      steps: [
        { id: "wait", wait: "3 days" },
        { id: "say", send: "hello" },
      ],
    });
    const arms = (share: number) => [
      { arm: "a", share, steps: [{ id: "say", send: "hello" }] },
      { arm: "b", share: 50, steps: [] },
    ];
    const after = campaign({
      steps: [
        { id: "first", send: "hi" },
        { id: "wait", wait: "4 days" },
        { id: "say", send: "hello" },
      ],
    });
    expect(changesOf(before, after)).toEqual([
      `added steps[first] {"id":"first","send":"hi"}`,
      `changed steps[wait].wait "3 days" "4 days"`,
    ]);
    const split = (share: number) => campaign({ steps: [{ id: "half", split: arms(share) }] });
    expect(changesOf(split(50), split(20))).toEqual(["changed steps[half].split[a].share 50 20"]);
  });

  test("a step that moved is told as an order", () => {
    const wait = { id: "wait", wait: "3 days" };
    const say = { id: "say", send: "hello" };
    expect(changesOf(campaign({ steps: [wait, say] }), campaign({ steps: [say, wait] }))).toEqual([
      `changed steps (order) ["wait","say"] ["say","wait"]`,
    ]);
  });

  test("a field that went points to what is around it", () => {
    const lines = { "": "1:1", where: "3:1" };
    const [diff] = diffDefinitions(
      [segment({ did: "x.done", atLeast: 2, within: "30 days" }, lines)],
      [segment({ did: "x.done", atLeast: 2 }, lines)],
    );
    expect(diff?.changes).toEqual([
      { path: "where.within", place: "segments/vip.yaml:3:1", kind: "removed", before: "30 days" },
    ]);
  });

  test("templates show subjects, and only the length of bodies", () => {
    const template = (subject: string, html: string) =>
      define("template", { template: "hello", locales: { fr: { subject, html, text: "Bonjour" } } });
    expect(changesOf(template("Salut", "<p>a</p>"), template("Bonjour", "<p>ab</p>"))).toEqual([
      `changed locales.fr.subject "Salut" "Bonjour"`,
      `changed locales.fr.html "8 characters" "9 characters"`,
    ]);
    expect(changesOf(template("Salut", "<p>a</p>"), template("Salut", "<p>b</p>"))).toEqual([
      `changed locales.fr.html "8 characters, a</p>" "8 characters, b</p>"`,
    ]);
  });

  test("other lines, another file name and another order of fields are no change", () => {
    const before = segment({ did: "x.done", atLeast: 2 }, { where: "3:1" });
    const after = { ...segment({ atLeast: 2, did: "x.done" }, { where: "9:1" }), file: "segments/best.yaml" };
    expect(diffDefinitions([before], [after])).toEqual([]);
  });
});

describe("diffBodies", () => {
  const leaf = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom("a", "b"), fc.boolean(), fc.constant(null));
  const name = fc.constantFrom("id", "arm", "all", "any", "not", "did", "steps", "x");
  const body = fc.letrec<{ value: Json; object: JsonObject }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      leaf,
      fc.array(tie("value"), { maxLength: 4 }),
      tie("object"),
    ),
    object: fc.dictionary(name, tie("value"), { maxKeys: 3 }) as fc.Arbitrary<JsonObject>,
  })).object;
  const sorted = (value: Json): Json =>
    typeof value !== "object" || value === null
      ? value
      : Array.isArray(value)
        ? value.map(sorted)
        : Object.fromEntries(
            Object.entries(value)
              .map(([key, part]): [string, Json] => [key, sorted(part)])
              .sort(([a], [b]) => (a < b ? -1 : 1)),
          );

  test("tells a difference exactly when there is one", () => {
    fc.assert(
      fc.property(body, body, (before, after) => {
        const isSame = JSON.stringify(sorted(before)) === JSON.stringify(sorted(after));
        expect(diffBodies(before, after).length === 0).toBe(isSame);
      }),
      { numRuns: 2_000 },
    );
  });

  test("tells any change of one list", () => {
    fc.assert(
      fc.property(fc.array(body, { maxLength: 4 }), fc.array(body, { maxLength: 4 }), (before, after) => {
        const isSame = JSON.stringify(sorted(before)) === JSON.stringify(sorted(after));
        expect(diffBodies({ list: before }, { list: after }).length === 0).toBe(isSame);
        expect(diffBodies({ list: before }, { list: structuredClone(before) })).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });
});
