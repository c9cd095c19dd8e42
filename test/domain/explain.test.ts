// Guarantees of explanations of rules, and of the words that instants, schedules and waits are told in.
import { describe, expect, test } from "vitest";
import { parseAskedInstant } from "../../shared/domain/asked-instant.ts";
import { factsAt } from "../../shared/domain/deciding.ts";
import { type ClauseView, decisivePhrase, explainClause, valueText } from "../../shared/domain/explain.ts";
import { lengthText, scheduleText, waitText } from "../../shared/domain/in-words.ts";
import { DAY_MS, HOUR_MS, iso, MINUTE_MS } from "../../shared/domain/instant.ts";
import type { Json } from "../../shared/domain/json.ts";
import { aProfile, aRule, NOW } from "../support/builders.ts";

const definition = { file: "segments/rule.yaml", lines: { "": "1:1", where: "3:1", "where.none[1]": "5:7" } };

function explained(condition: Json, traits: Record<string, Json>): { view: ClauseView; phrase: string } {
  const { rule, catalogue } = aRule(condition);
  const stamped = Object.entries(traits).map(([name, value]) => [name, { value, at: NOW, by: "shop/1" }]);
  const facts = factsAt({ draft: aProfile({ traits: Object.fromEntries(stamped) }), catalogue }, NOW);
  const explaining = { facts, at: NOW, definition };
  return { view: explainClause(rule, explaining), phrase: decisivePhrase(rule, explaining) };
}

describe("explainClause", () => {
  test.each([
    ["all", "all of"],
    ["any", "any of"],
    ["none", "none of"],
  ])("calls %s by a name that reads", (key, says) => {
    expect(explained({ [key]: [{ trait: "a", eq: 1 }] }, {}).view.says).toBe(says);
  });

  test("gives the nearest written place of each clause", () => {
    const { view } = explained(
      {
        none: [
          { trait: "a", eq: 1 },
          { trait: "b", eq: 1 },
        ],
      },
      { a: 2, b: 1 },
    );
    expect(view.at).toBe("segments/rule.yaml:3:1");
    expect(view.parts?.map(({ at }) => at)).toEqual(["segments/rule.yaml:3:1", "segments/rule.yaml:5:7"]);
  });

  test.each<[string, Json, string]>([
    ["nothing", null, "nothing is known of it"],
    ["a text", "old", "a text does not compare with what is written"],
    ["a list", [1], "a list does not compare with what is written"],
    ["an amount", { amount: 1, currency: "USD" }, "an amount in USD does not compare with what is written"],
  ])("says why %s makes a clause unknown", (_what, value, why) => {
    expect(explained({ trait: "age", gte: 18 }, { age: value }).view).toMatchObject({ verdict: "unknown", why });
  });

  test("finds the clause that decided, through none and not, and says that it must not be so", () => {
    const rule = { none: [{ trait: "a", eq: 1 }, { not: { trait: "b", eq: 1 } }] };
    expect(explained(rule, { a: 1, b: 1 }).phrase).toBe("must not be: trait a eq 1, found 1 (segments/rule.yaml:3:1)");
    expect(explained(rule, { a: 2, b: 2 }).phrase).toBe("trait b eq 1, found 2 (segments/rule.yaml:5:7)");
  });
});

describe("words", () => {
  test.each<[Json, string]>([
    [{ amount: 1_250, currency: "EUR" }, "12.50 EUR"],
    ["2026-03-02T10:00:00.000Z", "2026-03-02 10:00 UTC"],
    ["2026-03-02", "2026-03-02"],
    [{ times: 2, last: "2026-03-02T10:00:00.000Z" }, "times 2, last 2026-03-02 10:00 UTC"],
    [["a", 1], '["a",1]'],
  ])("a value reads: %j", (value, text) => {
    expect(valueText(value)).toBe(text);
  });

  test.each([
    [3 * DAY_MS, "3 days"],
    [DAY_MS, "1 day"],
    [36 * HOUR_MS, "36 hours"],
    [90 * MINUTE_MS, "90 minutes"],
    [-2 * DAY_MS, "2 days before"],
  ])("a length of time reads: %d", (ms, text) => {
    expect(lengthText(ms)).toBe(text);
  });

  test("schedules and waits read as they were meant", () => {
    expect(scheduleText({ daily: "09:00" }, "Europe/Paris")).toBe("daily at 09:00 Europe/Paris");
    expect(scheduleText({ monthly: "09:00", on: "last", zone: "UTC" }, "Europe/Paris")).toBe(
      "monthly at 09:00 on the last day UTC",
    );
    expect(scheduleText({ once: "2026-12-01 09:00" }, "UTC")).toBe("once, 2026-12-01 09:00 UTC");
    const until = `until ${iso(NOW)}`;
    expect(waitText({ kind: "time", time: "09:00", on: ["monday"] }, NOW)).toBe(`the next 09:00 on monday, ${until}`);
    expect(waitText({ kind: "date", trait: "trialEnds", offsetMs: -3 * DAY_MS, time: "09:00" }, NOW)).toBe(
      `3 days before the date in trialEnds at 09:00, ${until}`,
    );
    const awaited = { kind: "event", counter: "purchase.completed@cart_id", byKey: true, timeoutMs: 1 } as const;
    expect(waitText({ ...awaited, onEvent: "exit", onTimeout: "continue" }, NOW)).toBe(
      `purchase.completed with the same key (which ends the run), ${until} at the latest`,
    );
  });
});

describe("parseAskedInstant", () => {
  test.each<[string, number | undefined]>([
    ["2026-03-01T10:00:00Z", Date.UTC(2026, 2, 1, 10)],
    ["2026-03-01", Date.UTC(2026, 2, 1)],
    ["-3 days", NOW - 3 * DAY_MS],
    ["2 weeks", NOW + 14 * DAY_MS],
    ["tomorrow", undefined],
    ["2026-02-30", undefined],
    ["1899-12-31", undefined],
    ["1828 days", undefined],
  ])("%s", (text, at) => {
    expect(parseAskedInstant(text, NOW)).toBe(at);
  });
});
