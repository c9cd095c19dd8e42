// Proves that the load of the torture test is what it claims to be, and the same for the same seed.
import { describe, expect, test } from "vitest";
import { aLoad } from "./load.ts";

const NOW = Date.parse("2027-03-02T08:00:00Z");
const given = { items: 10_000, seed: 3, at: NOW };

describe("the load", () => {
  test("is the same for the same seed, and another for another", () => {
    expect(aLoad(given)).toEqual(aLoad(given));
    expect(aLoad({ ...given, seed: 4 })).not.toEqual(aLoad(given));
  });

  test("repeats about 2 in 100 events as they were, and 1 in 100 items is malformed", () => {
    const items = aLoad(given).batches.flat();
    const events = new Map<string, unknown>();
    for (const item of items) {
      if (item.kind === "event") events.set(item.call.messageId, item.call);
      else if (item.kind === "duplicate") expect(item.call).toEqual(events.get(item.call.messageId));
    }
    const share = (kind: string) => items.filter((item) => item.kind === kind).length / given.items;
    expect(share("duplicate")).toBeCloseTo(0.02, 2);
    expect(share("malformed")).toBeCloseTo(0.01, 2);
    expect(share("event") * given.items).toBe(events.size);
  });

  test("has customers who agreed, who said no, and who said nothing", () => {
    expect(new Set(aLoad(given).words.values())).toEqual(new Set(["granted", "denied", "nothing"]));
  });
});
