// Guarantees of the warning about rules that leave nobody out: it names only those that cannot be false.
import { describe, expect, test } from "vitest";
import type { Json } from "../../shared/domain/json.ts";
import { alwaysEveryone, isAlwaysTrue } from "../../shared/domain/reaches-everyone.ts";
import { aShop } from "../support/two-catalogues.ts";

describe("isAlwaysTrue", () => {
  test.each<[Json, boolean]>([
    [{ bucket: "a", gte: 0 }, true],
    [{ bucket: "a", gte: 0, lt: 100 }, true],
    [{ bucket: "a", between: [0, 100] }, true],
    [{ bucket: "a", gte: 0, lt: 50 }, false],
    [{ bucket: "a", gt: 0 }, false],
    [{ did: "lead.created", atLeast: 0 }, true],
    [{ did: "lead.created" }, false],
    [{ did: "lead.created", atMost: 50 }, false],
    [
      {
        all: [
          { bucket: "a", gte: 0 },
          { did: "lead.created", atLeast: 0 },
        ],
      },
      true,
    ],
    [{ all: [{ bucket: "a", gte: 0 }, { did: "lead.created" }] }, false],
    [{ any: [{ did: "lead.created" }, { bucket: "a", lte: 100 }] }, true],
    [{ not: { bucket: "a", gte: 0 } }, false],
  ])("%j: %s", (condition, expected) => {
    expect(isAlwaysTrue(condition)).toBe(expected);
  });
});

describe("alwaysEveryone", () => {
  const schedule = { daily: "09:00" };
  const named = (campaign: { [key: string]: Json }) =>
    alwaysEveryone(aShop({ campaigns: [{ campaign: "news", ...campaign }] })).map(({ id }) => id);

  test("names a schedule without segment and audience, unless it is archived", () => {
    expect(named({ on: { schedule } })).toEqual(["news"]);
    expect(named({ on: { schedule }, audience: { bucket: "a", gte: 0 } })).toEqual(["news"]);
    expect(named({ on: { schedule }, audience: { trait: "country", eq: "FR" } })).toEqual([]);
    expect(named({ on: { schedule, segment: "buyers" } })).toEqual([]);
    expect(named({ on: { schedule }, status: "archived" })).toEqual([]);
    expect(named({ on: { event: "lead.created" } })).toEqual([]);
  });
});
