// Decides which events an event pattern matches, as EventBridge does it.
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compilePattern } from "../../shared/adapters/local/event-pattern.ts";

type Case = { name: string; pattern: unknown; event: { [field: string]: unknown }; want: boolean };

const CASES = new URL("../../../shared/data/eventbridge-pattern-cases.json", import.meta.url);

const cases: Case[] = existsSync(CASES) ? JSON.parse(readFileSync(CASES, "utf8")) : [];

describe("AWS's verdicts", () => {
  // Without this one, a missing file would leave no trace in the report.
  test.skipIf(cases.length === 0)("are there to compare with", () => {
    expect(cases.length).toBeGreaterThanOrEqual(38);
  });

  test.each(cases)("$name", ({ pattern, event, want }) => {
    expect(compilePattern(pattern)(event)).toBe(want);
  });
});

const match = (field: unknown, value: unknown) =>
  compilePattern({ detail: { f: field } })({ detail: value === undefined ? {} : { f: value } });

describe("operators", () => {
  test.each<[string, unknown, unknown, boolean]>([
    ["null is a value", [null], null, true],
    ["numbers by value", [300], 3e2, true],
    ["true", [true], true, true],
    ["prefix is not for numbers", [{ prefix: "1" }], 12, false],
    ["suffix", [{ suffix: ".png" }], "a.png", true],
    ["prefix, ignoring case", [{ prefix: { "equals-ignore-case": "AB" } }], "abc", true],
    ["equals-ignore-case on a number", [{ "equals-ignore-case": "1" }], 1, false],
    ["anything-but a value, another", [{ "anything-but": "a" }], "b", true],
    ["anything-but a text, a number", [{ "anything-but": "a" }], 5, true],
    ["anything-but a text, null", [{ "anything-but": "a" }], null, true],
    ["anything-but a list", [{ "anything-but": ["a", "b"] }], "b", false],
    ["anything-but numbers", [{ "anything-but": [1, 2] }], 3, true],
    ["anything-but, in an array another is enough", [{ "anything-but": "a" }], ["a", "b"], true],
    ["anything-but prefixes", [{ "anything-but": { prefix: ["x", "y"] } }], "yes", false],
    ["anything-but suffix", [{ "anything-but": { suffix: "x" } }], "yes", true],
    ["anything-but equals-ignore-case", [{ "anything-but": { "equals-ignore-case": "A" } }], "a", false],
    ["anything-but wildcards", [{ "anything-but": { wildcard: ["a*c", "b*"] } }], "abc", false],
    ["numeric =", [{ numeric: ["=", 5] }], 5, true],
    ["numeric, text", [{ numeric: ["=", 5] }], "5", false],
    ["numeric range, below", [{ numeric: [">=", 1, "<", 5] }], 0.999, false],
    ["numeric range, at the open end", [{ numeric: [">=", 1, "<", 5] }], 5, false],
    ["numeric, beyond EventBridge's numbers", [{ numeric: [">", 0] }], 6e9, false],
    ["exists on null", [{ exists: true }], null, true],
    ["exists false on an object", [{ exists: false }], { x: 1 }, true],
    ["exists false on an empty array", [{ exists: false }], [], true],
    ["cidr inside", [{ cidr: "10.0.0.0/24" }], "10.0.0.255", true],
    ["cidr v6 inside", [{ cidr: "2001:db8::/32" }], "2001:db8:1::1", true],
    ["cidr v6 outside", [{ cidr: "2001:db8::/32" }], "2001:db9::1", false],
    ["cidr, not an address", [{ cidr: "10.0.0.0/24" }], "10.0.0", false],
    ["cidr, other family", [{ cidr: "0.0.0.0/0" }], "::1", false],
    ["wildcard alone", [{ wildcard: "*" }], "", true],
    ["wildcard at the end", [{ wildcard: "ab*" }], "ab", true],
    ["wildcard must not use a text twice", [{ wildcard: "aba*aba" }], "ababa", false],
    ["wildcard, middle parts do not reach into the end", [{ wildcard: "a*b*b" }], "ab", false],
    ["wildcard without star", [{ wildcard: "ab" }], "abc", false],
    ["wildcard, escaped backslash", [{ wildcard: "a\\\\*" }], "a\\b", true],
    ["wildcard, escaped star", [{ wildcard: "a\\*b" }], "a*b", true],
    ["one of several", ["x", { prefix: "y" }, { exists: false }], "yes", true],
    ["several, none", ["x", { prefix: "y" }, { exists: false }], "no", false],
    ["an object is no value", [{ "anything-but": "a" }], { x: 1 }, false],
    ["nested arrays are searched", ["a"], [["b"], ["a"]], true],
  ])("%s", (_, ...[field, value, want]) => {
    expect(match(field, value)).toBe(want);
  });
});

describe("structure", () => {
  test("all fields must match, at every depth", () => {
    const matches = compilePattern({ source: ["shop"], detail: { a: { b: ["x"] }, n: [1] } });
    expect(matches({ source: "shop", detail: { a: { b: "x", c: 1 }, n: 1 } })).toBe(true);
    expect(matches({ source: "shop", detail: { a: { b: "x" }, n: 2 } })).toBe(false);
    expect(matches({ source: "shop", detail: { a: "x", n: 1 } })).toBe(false);
    expect(matches({ source: "shop", detail: null })).toBe(false);
  });

  test("a field is absent where its parent is", () => {
    const matches = compilePattern({ detail: { a: { b: [{ exists: false }] } } });
    expect(matches({ detail: {} })).toBe(true);
    expect(matches({ detail: { a: { b: 1 } } })).toBe(false);
  });

  test("$or takes one of its patterns, beside the other fields, and can be nested", () => {
    const matches = compilePattern({
      source: ["shop"],
      $or: [{ detail: { a: [1] } }, { detail: { $or: [{ b: [2] }, { c: [3], d: [4] }] } }],
    });
    expect(matches({ source: "shop", detail: { a: 1 } })).toBe(true);
    expect(matches({ source: "shop", detail: { b: 2 } })).toBe(true);
    expect(matches({ source: "shop", detail: { c: 3, d: 4 } })).toBe(true);
    expect(matches({ source: "shop", detail: { c: 3 } })).toBe(false);
    expect(matches({ source: "crm", detail: { a: 1 } })).toBe(false);
  });

  test("$or that lists values is a field of that name", () => {
    expect(compilePattern({ $or: ["a", "b"] })({ $or: "b" })).toBe(true);
  });

  test("the fields of one pattern object come from one array element", () => {
    const matches = compilePattern({
      detail: { items: { sku: ["A"], sizes: { size: ["L"], left: [0] } }, who: ["x"] },
    });
    const items = [
      {
        sku: "A",
        sizes: [
          { size: "L", left: 3 },
          { size: "M", left: 0 },
        ],
      },
      { sku: "B", sizes: [{ size: "L", left: 0 }] },
    ];
    expect(matches({ detail: { who: ["y", "x"], items } })).toBe(false);
    expect(
      matches({ detail: { who: ["y", "x"], items: [...items, { sku: "A", sizes: [{ size: "L", left: 0 }] }] } }),
    ).toBe(true);
  });

  test("a field is absent only when no array element has it", () => {
    const matches = compilePattern({ detail: { items: { gift: [{ exists: false }] } } });
    expect(matches({ detail: { items: [{ sku: "A" }, { gift: true }] } })).toBe(false);
    expect(matches({ detail: { items: [{ sku: "A" }, { sku: "B" }] } })).toBe(true);
  });
});

describe("a bad pattern", () => {
  test.each<[string, unknown, string]>([
    ["no object", "x", "the pattern must be an object, or an array of values to match"],
    ["empty", {}, "the pattern must not be empty"],
    ["empty below", { detail: {} }, "detail must not be empty"],
    ["a plain value", { source: "shop" }, "source must be an object, or an array"],
    ["an empty list", { source: [] }, "source must list at least one value"],
    ["a list in a list", { source: [["a"]] }, "source must hold plain values, or objects with one operator each"],
    ["an unknown operator", { detail: { a: [{ like: "x" }] } }, 'detail.a uses the unknown operator "like"'],
    ["two operators", { a: [{ prefix: "x", suffix: "y" }] }, "one operator each"],
    ["an empty prefix", { a: [{ prefix: "" }] }, "a: prefix must be a text that is not empty"],
    ["a mixed list", { a: [{ "anything-but": ["a", 1] }] }, "a: anything-but must be a string, a number"],
    ["a nested mistake", { a: [{ "anything-but": { numeric: [] } }] }, 'a: anything-but cannot hold "numeric"'],
    ["an unknown comparison", { a: [{ numeric: ["!=", 1] }] }, "must compare with one of"],
    ["no number", { a: [{ numeric: ["<", "1"] }] }, "numbers between"],
    ["upper bound first", { a: [{ numeric: ["<", 5, ">", 1] }] }, "the lower bound, then the upper"],
    ["an empty range", { a: [{ numeric: [">", 5, "<", 5] }] }, "not above the lower"],
    ["exists what", { a: [{ exists: "yes" }] }, "must be true or false"],
    ["no block", { a: [{ cidr: "10.0.0.0" }] }, "must be an address block"],
    ["too long a mask", { a: [{ cidr: "10.0.0.0/33" }] }, "must be an address block"],
    ["two stars", { a: [{ wildcard: "a**" }] }, "two * in a row"],
    ["a stray backslash", { a: [{ wildcard: "a\\b" }] }, "backslash"],
  ])("%s", (_, pattern, problem) => {
    expect(() => compilePattern(pattern)).toThrow(problem);
    expect(() => compilePattern(pattern)).toThrow(expect.objectContaining({ code: "bad_pattern", retryable: false }));
  });

  test("with too many alternatives is refused", () => {
    const two = (name: string) => ({ $or: [{ [name]: [1] }, { [name]: [2] }] });
    const deep = Array.from({ length: 10 }).reduce<object>(
      (inner, _, i) => ({ [`l${i}`]: { ...two("x"), [`y`]: inner } }),
      { z: [1] },
    );
    expect(() => compilePattern(deep)).toThrow("more than 1000 alternatives");
  });
});
