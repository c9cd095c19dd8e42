// Guarantees of campaigns as written: every mistake is answered with its path, the reason and a fix; defaults are the safe ones.
import { describe, expect, test } from "vitest";
import { checkCampaign } from "../../shared/domain/campaign.ts";
import type { Json, JsonObject } from "../../shared/domain/json.ts";
import { aCatalogue } from "../support/builders.ts";

const sound: JsonObject = {
  campaign: "upsell",
  title: "Upsell",
  on: { event: "purchase.completed", where: { property: "amount", gte: "80 EUR" }, key: "order_id" },
  audience: { inSegment: "repeat-buyers" },
  steps: [
    { id: "wait", wait: "3 days" },
    { id: "offer", send: "upsell" },
  ],
};
const without = (name: string): JsonObject => Object.fromEntries(Object.entries(sound).filter(([key]) => key !== name));

test("a sound campaign has no problem", () => {
  expect(checkCampaign(sound)).toEqual([]);
  expect(
    checkCampaign({
      ...sound,
      description: "x",
      reentry: "after 30 days",
      purpose: "service",
      priority: "low",
      sendBefore: "12 hours",
    }),
  ).toEqual([]);
});

describe("a mistake is answered with path, reason and fix", () => {
  test.each([
    ["a missing title", without("title"), "title", "missing", "is missing"],
    ["a title of the wrong type", { ...sound, title: 5 }, "title", "invalid_type", "expected string, received number"],
    ["a missing trigger", without("on"), "on", "missing", "is missing"],
    ["a mistyped field", { ...sound, audiance: {} }, "audiance", "unknown_field", "did you mean audience?"],
    [
      "a mistyped field inside",
      { ...sound, on: { evnt: "purchase.completed" } },
      "on.evnt",
      "unknown_field",
      "did you mean event?",
    ],
    ["a field of no meaning", { ...sound, colour: "red" }, "colour", "unknown_field", "is not a known field"],
    ["an id with capitals", { ...sound, campaign: "Up Sell" }, "campaign", "invalid_format", "lower-case"],
    [
      "an event that is none",
      { ...sound, on: { event: "Order Completed" } },
      "on.event",
      "invalid_format",
      "purchase.completed",
    ],
    ["a purpose that is none", { ...sound, purpose: "spam" }, "purpose", "invalid_value", "marketing or service"],
    ["a priority that is none", { ...sound, priority: 1 }, "priority", "invalid_value", "high, normal or low"],
    ["a duration that is none", { ...sound, sendBefore: "soon" }, "sendBefore", "custom", "30 days"],
    ["no step", { ...sound, steps: [] }, "steps", "too_small", "at least one step"],
    ["a step without id", { ...sound, steps: [{ send: "mail" }] }, "steps[0].id", "missing", "is missing"],
    [
      "a step of no kind",
      { ...sound, steps: [{ id: "a", remind: "mail" }] },
      "steps[0]",
      "custom",
      "exactly one of send, wait, branch",
    ],
    [
      "a mistyped kind of step",
      { ...sound, steps: [{ id: "a", sned: "mail" }] },
      "steps[0].sned",
      "unknown_field",
      "did you mean send?",
    ],
    [
      "a step of two kinds",
      { ...sound, steps: [{ id: "a", send: "mail", wait: "3 days" }] },
      "steps[0]",
      "custom",
      "exactly one of",
    ],
    ["a step that is no object", { ...sound, steps: ["mail"] }, "steps[0]", "custom", "exactly one of"],
    [
      "a stray field of a step",
      { ...sound, steps: [{ id: "a", send: "mail", at: "9" }] },
      "steps[0].at",
      "unknown_field",
      "not a known field",
    ],
    ["a wait of no length", { ...sound, steps: [{ id: "a", wait: "0 days" }] }, "steps[0].wait", "custom", "12 hours"],
    [
      "a step id used twice",
      {
        ...sound,
        steps: [
          { id: "a", send: "m" },
          { id: "a", send: "m" },
        ],
      },
      "steps[1].id",
      "duplicate_id",
      "another one than a",
    ],
    [
      "a condition in the trigger",
      { ...sound, on: { event: "a.b", where: { propperty: "x" } } },
      "on.where",
      "no_operator",
      "did you mean property?",
    ],
    [
      "a condition in the audience",
      { ...sound, audience: { all: [{ trait: "x" }] } },
      "audience.all[0]",
      "comparison_missing",
      "add one of",
    ],
    ["no object at all", "upsell", "", "invalid_type", "expected object"],
  ] as [string, Json, string, string, string][])("%s", (...[_what, body, path, code, fix]) => {
    const problem = checkCampaign(body).find((one) => one.path === path);
    expect(problem).toMatchObject({ path, code });
    expect(problem?.message).toContain(fix);
  });

  test.each(["sometimes", "30 days", "after", "after 30", "after 0 days", "After 30 days"])(
    "a re-entry of %j is refused, not taken for never",
    (reentry) => {
      expect(checkCampaign({ ...sound, reentry })).toEqual([
        { code: "custom", path: "reentry", message: 'must be never, always, or for example "after 30 days"' },
      ]);
    },
  );

  test("all of them are told at once", () => {
    const problems = checkCampaign({ ...without("title"), purpose: "spam", steps: [{ id: "a", wait: "soon" }] });
    expect(problems.map(({ path }) => path).toSorted()).toEqual(["purpose", "steps[0].wait", "title"]);
  });
});

describe("a compiled campaign", () => {
  const compiled = (body: JsonObject) => [...aCatalogue({ campaigns: [body] }).campaigns.values()][0];
  const on = { event: "purchase.completed" };

  test.each([
    ["without a key never again", { on }, { kind: "never" }],
    ["with a key once per key", { on: { ...on, key: "order_id" } }, { kind: "never" }],
    ["as written, with a key too", { on: { ...on, key: "order_id" }, reentry: "always" }, { kind: "always" }],
    ["after a time", { on, reentry: "after 30 days" }, { kind: "after", ms: 30 * 86_400_000 }],
  ] as [string, JsonObject, unknown][])("lets one enter: %s", (_what, body, reentry) => {
    expect(compiled(body)?.reentry).toEqual(reentry);
  });

  test("is marketing, of normal priority and worth sending for 72 hours, unless it says otherwise", () => {
    expect(compiled({ on })).toMatchObject({ purpose: "marketing", priority: "normal", sendBeforeMs: 72 * 3_600_000 });
    expect(compiled({ on, sendBefore: "12 hours" })?.sendBeforeMs).toBe(12 * 3_600_000);
  });

  test("has a revision that changes with every word of it, and with nothing else", () => {
    const revision = (body: JsonObject) => compiled(body)?.revision;
    expect(revision({ on })).toBe(revision({ on }));
    expect(revision({ on, sendBefore: "71 hours" })).not.toBe(revision({ on }));
    expect(revision({ on, title: "Another" })).not.toBe(revision({ on }));
  });

  test("is found by the event that triggers it", () => {
    const catalogue = aCatalogue({
      campaigns: [
        { campaign: "a", on },
        { campaign: "b", on },
        { campaign: "c", on: { event: "lead.created" } },
      ],
    });
    expect(catalogue.byTrigger.get("purchase.completed")?.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(catalogue.byTrigger.get("lead.created")?.map(({ id }) => id)).toEqual(["c"]);
  });
});
