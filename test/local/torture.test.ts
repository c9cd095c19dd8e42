// Proves that nothing is lost and nothing repeated when the server is killed under load while its mailer fails: the short
// form of `npm run torture`.
import { describe, expect, test } from "vitest";
import { aFolder } from "../support/local-folder.ts";
import { torture } from "../torture/torture.ts";

/** Nastier than the full form, so that a short load meets everything. */
const NASTINESS = { throttled: 0.2, hung: 0.02, unconfirmed: 0.02, hangMs: 100 };
const SHORT = { seconds: 6, rate: 500, kills: 2, seed: 1, nastiness: NASTINESS };

describe("the torture of the local mode", () => {
  test.each(["known", "unknowable"] as const)(
    "two kills and a failing mailer, its outcomes %s: every event once, every intent ended, no mail twice, none lost",
    async (lookup) => {
      const progress = () => {};
      const { numbers, violations } = await torture({ ...SHORT, lookup, folder: aFolder(), progress });
      expect(violations).toEqual([]);
      expect(numbers).toMatchObject({
        twice: 0,
        lost: 0,
        others: 0,
        stored: numbers.events,
        rejected: numbers.malformed,
      });
      // The faults were there.
      for (const met of ["throttled", "hung", "unconfirmed", "duplicates", "malformed", "refused"] as const) {
        expect(numbers[met]).toBeGreaterThan(0);
      }
      if (lookup === "known") expect(numbers).toMatchObject({ abandoned: 0 });
      else expect(numbers).toMatchObject({ settledByLookup: 0 });
      expect(lookup === "known" ? numbers.settledByLookup : numbers.abandoned).toBeGreaterThan(0);
    },
    120_000,
  );
});
