// Guarantees of the JSON Schemas: whatever validate accepts they accept, wrong names they refuse, and they know every field.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { readFiles } from "../../shared/authoring/marketing-files.ts";
import { campaignJsonSchema } from "../../shared/authoring/schema/campaign-schema.ts";
import { conditionName, operatorFields } from "../../shared/authoring/schema/condition-schema.ts";
import { folderSchemas, modeline } from "../../shared/authoring/schema/folder-schemas.ts";
import { campaignSchema, checkCampaign } from "../../shared/domain/campaign.ts";
import type { Scope } from "../../shared/domain/clause.ts";
import { checkCondition } from "../../shared/domain/condition.ts";
import type { Json, JsonObject } from "../../shared/domain/json.ts";
import { segmentSchema } from "../../shared/domain/segment.ts";
import { condition, leafCondition } from "../support/random-conditions.ts";

const ajv = new Ajv({ strict: false, validateFormats: false });
const schemas = folderSchemas();
const accepts = Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, ajv.compile(schema)]));
const acceptsAs = (scope: Scope): ((value: unknown) => boolean) =>
  ajv.compile({
    definitions: campaignJsonSchema()["definitions"],
    $ref: `#/definitions/${conditionName(scope)}`,
  });
const acceptsIn: Record<Scope, (value: unknown) => boolean> = {
  profile: acceptsAs("profile"),
  event: acceptsAs("event"),
  run: acceptsAs("run"),
  properties: acceptsAs("properties"),
};

/** What only a look at several fields together, or at the meaning of a text, can tell. */
const BEYOND_SCHEMA = new Set([
  "never_true",
  "mixed_currencies",
  "too_deep",
  "too_many_values",
  "too_many_counts",
  "window_too_long",
  "not_whole_days",
  "not_an_instant",
  "not_a_duration",
  "not_comparable",
  "not_a_range",
  "not_a_percentage",
]);

const pathsIn = (value: Json, path: (string | number)[] = []): (string | number)[][] =>
  typeof value !== "object" || value === null
    ? []
    : Object.keys(value).flatMap((name) => {
        const key = Array.isArray(value) ? Number(name) : name;
        return [[...path, key], ...pathsIn((value as JsonObject)[name] as Json, [...path, key])];
      });

const ODD: Json[] = ["x", 5, true, null, [], {}, "3 days", ["a"], { a: 1 }];

/** One field renamed, taken away or replaced, anywhere in it. */
function broken(whole: JsonObject, { at, how, by }: { at: number; how: string; by: number }): JsonObject {
  const copy = structuredClone(whole);
  const paths = pathsIn(copy);
  const path = paths[at % paths.length] as (string | number)[];
  const holder = path.slice(0, -1).reduce<Json>((value, key) => (value as JsonObject)[key] as Json, copy) as JsonObject;
  const key = path.at(-1) as string;
  const value = holder[key] as Json;
  if (how === "replace" || Array.isArray(holder)) holder[key] = ODD[by % ODD.length] as Json;
  else {
    delete holder[key];
    if (how === "rename") holder[`${key}x`] = value;
  }
  return copy;
}
const mistake = fc.record({ at: fc.nat(), how: fc.constantFrom("rename", "delete", "replace"), by: fc.nat() });
const scopes: Scope[] = ["profile", "event", "run", "properties"];

describe("conditions", () => {
  test("the schema and validate agree on every condition, in every scope", () => {
    fc.assert(
      fc.property(condition, fc.constantFrom(...scopes), (written, scope) => {
        const problems = checkCondition(written, "where", { scope });
        if (problems.length === 0) expect(acceptsIn[scope](written)).toBe(true);
        if (acceptsIn[scope](written)) expect(problems.filter(({ code }) => !BEYOND_SCHEMA.has(code))).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  test("and on every condition with a mistake in it", () => {
    fc.assert(
      fc.property(condition, mistake, (sound, how) => {
        const written = broken(sound, how);
        const problems = checkCondition(written, "where", { scope: "run" });
        if (problems.length === 0) expect(acceptsIn.run(written)).toBe(true);
        if (acceptsIn.run(written)) expect(problems.filter(({ code }) => !BEYOND_SCHEMA.has(code))).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  test("the schema knows every operator of the language, and no other", () => {
    const listed = /needs one of (.*)$/.exec(checkCondition({}, "where")[0]?.message ?? "")?.[1];
    expect(Object.keys(operatorFields()).toSorted()).toEqual(listed?.split(", ").toSorted());
  });

  test.each(Object.entries(operatorFields()))("%s has the same fields in both", (key, fields) => {
    const [problem] = checkCondition({ [key]: "a", qqqqqqqqqqqqqqqqqqqqq: 1 }, "where", { scope: "run" });
    const listed = /it allows (.*)$/.exec(problem?.message ?? "")?.[1]?.split(", ") ?? [];
    expect(fields.toSorted()).toEqual([key, ...listed].toSorted());
  });
});

const id = fc.constantFrom("a", "b", "c", "d", "e", "f", "g");
const event = fc.constantFrom("lead.created", "cart.updated");
const given = (condition: Json): fc.Arbitrary<JsonObject> => fc.constantFrom({}, { where: condition });
const BOOKS: Json = { property: "category", eq: "books" };
const merged = (...parts: fc.Arbitrary<JsonObject>[]) =>
  fc.tuple(...parts).map((all): JsonObject => Object.assign({}, ...all));
const values = fc.constantFrom<JsonObject>(
  {},
  { vip: true, level: { property: "amount" } },
  { name: { trait: "firstName" } },
);
const wait = fc.oneof(
  fc.constantFrom<Json>("3 days", { until: "09:00" }, { until: "09:00", on: ["monday"] }, { date: "birthday" }),
  fc.constantFrom<Json>({ date: "birthday", offset: "-3 days", at: "10:00" }),
  merged(
    event.map((type) => ({ event: type, timeout: "4 hours" })),
    given(BOOKS),
    fc.constantFrom({}, { key: "cart_id", onEvent: "exit", onTimeout: "continue" }),
  ),
);
const { steps } = fc.letrec<{ steps: JsonObject[]; step: JsonObject }>((tie) => ({
  steps: fc.array(tie("step"), { minLength: 1, maxLength: 3 }),
  step: fc.oneof(
    { maxDepth: 2, depthIdentifier: "steps" },
    id.map((send): JsonObject => ({ id: send, send })),
    wait.map((one): JsonObject => ({ id: "w", wait: one })),
    values.map((update): JsonObject => ({ id: "u", update })),
    merged(
      event.map((emit) => ({ id: "m", emit })),
      fc.constantFrom<JsonObject>({}, { properties: { a: 1 } }),
    ),
    id.map((exit): JsonObject => ({ id: "x", exit })),
    tie("steps").map(
      (inner): JsonObject => ({
        id: "s",
        split: [
          { arm: "a", share: 1, steps: inner },
          { arm: "b", share: 2.5, steps: [] },
        ] as Json,
      }),
    ),
    fc.tuple(tie("steps"), leafCondition, fc.boolean()).map(
      ([inner, when, other]): JsonObject => ({
        id: "r",
        branch: [{ when, steps: inner }] as Json,
        ...(other && { otherwise: inner as Json }),
      }),
    ),
  ),
}));
const trigger = fc.oneof(
  merged(
    event.map((type) => ({ event: type })),
    given(BOOKS),
    fc.constantFrom({}, { key: "order_id" }),
  ),
  fc.constantFrom<JsonObject>({ entered: "vip" }, { left: "vip" }),
  fc.constantFrom<JsonObject>(
    { schedule: { daily: "09:00" } },
    { schedule: { once: "2026-12-01 09:00", zone: "Europe/Paris" }, segment: "vip" },
  ),
  fc.constantFrom<JsonObject>(
    { schedule: { weekly: "09:00", on: ["monday"] } },
    { schedule: { monthly: "09:00", on: "last" } },
  ),
);
const extras = fc.constantFrom<JsonObject>(
  {},
  { status: "paused", purpose: "service", priority: "low", holdout: 10, sendBefore: "2 days", reentry: "after 3 days" },
  { goal: { event: "lead.created", within: "3 days" }, exitWhen: { churnRisk: true }, onBackfill: "enter" },
  { goal: { when: { did: "lead.created", since: "entry" } }, audience: BOOKS, description: "x" },
);
const campaign = fc
  .tuple(trigger, steps, extras)
  .map(([on, list, more]): JsonObject => ({ campaign: "a", title: "A", on, steps: list as Json, ...more }));

describe("campaigns", () => {
  test("what validate accepts the schema accepts, mistakes included", () => {
    let sound = 0;
    fc.assert(
      fc.property(campaign, fc.option(mistake), (whole, how) => {
        const written = how === null ? whole : broken(whole, how);
        const problems = checkCampaign(written);
        if (problems.length === 0) {
          sound++;
          expect({ written, accepted: accepts["campaign"]?.(written) }).toEqual({ written, accepted: true });
        }
        const misnamed = problems.some(({ code }) => code === "unknown_field" || code === "missing");
        if (misnamed)
          expect({ written, accepted: accepts["campaign"]?.(written) }).toEqual({ written, accepted: false });
      }),
      { numRuns: 2_000 },
    );
    expect(sound).toBeGreaterThan(80);
  });

  test("every field of campaigns and segments is in the schema, and no other", () => {
    expect(Object.keys(schemas["campaign"]?.["properties"] as object)).toEqual(Object.keys(campaignSchema.shape));
    expect(Object.keys(schemas["segment"]?.["properties"] as object)).toEqual(Object.keys(segmentSchema.shape));
  });
});

describe("files", () => {
  const folder = fileURLToPath(new URL("../../marketing", import.meta.url));
  test("every shipped file is accepted by the schema that its line would name", async () => {
    const { files, tests } = await readFiles(folder);
    const yaml = [...files.keys(), ...tests.keys()].filter((path) => path.endsWith(".yaml"));
    expect(yaml.length).toBeGreaterThan(30);
    for (const path of yaml) {
      const name = /\.schema\/(\w+)\.json$/.exec(modeline(path) ?? "")?.[1] as string;
      for (const document of parseAllDocuments(readFileSync(`${folder}/${path}`, "utf8"))) {
        const check = accepts[name];
        expect({ path, accepted: check?.(document.toJS()), errors: check?.errors }).toMatchObject({
          path,
          accepted: true,
        });
      }
    }
  });

  test.each([
    ["settings", { shp: {} }],
    ["facts", { traits: { points: "integer" } }],
    ["facts", { event: {} }],
    ["template", { template: "a", subjects: {} }],
    ["test", { test: "a", expect: [{ snt: "a/b" }] }],
    ["segment", { segment: "a", title: "A", where: { property: "amount", eq: 1 } }],
  ])("the schema of %s refuses %j", (name, body) => {
    expect(accepts[name]?.(body)).toBe(false);
  });

  test("a file's line leads to the schema from where the file is", () => {
    expect(modeline("relance.yaml")).toBe("# yaml-language-server: $schema=./.schema/settings.json");
    expect(modeline("templates/a/template.yaml")).toBe("# yaml-language-server: $schema=../../.schema/template.json");
    expect(modeline("campaigns/a.test.yaml")).toBe("# yaml-language-server: $schema=../.schema/test.json");
    expect(modeline("templates/layout.mjml")).toBeUndefined();
  });
});
