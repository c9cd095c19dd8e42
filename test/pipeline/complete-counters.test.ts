// Guarantees of counting anew: under changed rules a profile has from its stored events what it would have had all along.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MemoryTable } from "../../shared/adapters/local/memory-table.ts";
import { fold } from "../../shared/domain/fold.ts";
import { completeCounters } from "../../shared/pipeline/complete-counters.ts";
import { eventItem } from "../../shared/pipeline/records/event-record.ts";
import { aCatalogue, aProfile, NOW } from "../support/builders.ts";
import { condition, history } from "../support/random-conditions.ts";

describe("counting a profile anew", () => {
  test("gives what folding its events under the new rules would have given, every kind of counter", async () => {
    let counted = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(condition, { minLength: 1, maxLength: 4 }), history, async (conditions, events) => {
        const segments = Object.fromEntries(conditions.map((where, n) => [`s${n}`, where]));
        const catalogue = aCatalogue({ segments });
        const table = new MemoryTable();
        for (const event of events) await table.write({ put: eventItem("p1", event) });
        const old = aProfile({ counters: { "page.viewed?old": { count: 7, recent: [NOW] } } });
        const folded = aProfile();
        for (const event of events) fold(folded, event, catalogue);
        const completed = await completeCounters({ table }, old, catalogue);
        expect(completed.counters).toEqual(folded.counters);
        expect(completed.foldedBy).toEqual({ counters: catalogue.countersHash, seq: old.foldedBy.seq });
        counted += Object.keys(completed.counters).length;
      }),
      { numRuns: 200 },
    );
    expect(counted).toBeGreaterThan(100);
  });
});
