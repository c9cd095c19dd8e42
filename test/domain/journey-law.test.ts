// Guarantee of journeys: whatever the ways, a run comes to one end, and passes each step at most once.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../shared/domain/json.ts";
import { aCatalogue, aLead, aLife, aReachable, days, judgementsOf, NOW, sendsOf } from "../support/builders.ts";

describe("every way through random journeys", () => {
  const leaf = fc.constantFrom<(id: string) => JsonObject>(
    (id) => ({ id, send: "mail" }),
    (id) => ({ id, wait: "1 day" }),
    (id) => ({ id, wait: { until: "09:00" } }),
    (id) => ({ id, update: { seen: id } }),
    (id) => ({ id, emit: "step.passed", properties: { id } }),
    (id) => ({ id, wait: { event: "page.viewed", timeout: "2 hours" } }),
  );
  const tree: fc.Arbitrary<unknown[]> = fc.letrec<{ steps: unknown[]; step: unknown }>((tie) => ({
    steps: fc.array(tie("step"), { maxLength: 4 }),
    step: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      leaf,
      fc.record({ branch: fc.array(tie("steps"), { minLength: 1, maxLength: 3 }), otherwise: tie("steps") }),
      fc.record({ split: fc.array(tie("steps"), { minLength: 2, maxLength: 3 }) }),
    ),
  })).steps;

  /** Gives every step an id of its own. */
  function written(steps: unknown[], count = { n: 0 }): JsonObject[] {
    return steps.map((step) => {
      const id = `s${count.n++}`;
      if (typeof step === "function") return (step as (id: string) => JsonObject)(id);
      const { branch, otherwise, split } = step as { branch?: unknown[][]; otherwise?: unknown[]; split?: unknown[][] };
      return branch !== undefined
        ? {
            id,
            branch: branch.map((way, n) => ({ when: { bucket: `${id}-${n}`, lt: 50 }, steps: written(way, count) })),
            otherwise: written(otherwise as unknown[], count),
          }
        : {
            id,
            split: (split as unknown[][]).map((way, n) => ({ arm: `a${n}`, share: n + 1, steps: written(way, count) })),
          };
    });
  }

  test("leads to exactly one end, and each step is passed at most once", () => {
    fc.assert(
      fc.property(tree, fc.nat({ max: 30 }), (steps, person) => {
        const body = written(steps);
        fc.pre(body.length > 0 && JSON.stringify(body).split('"id"').length <= 50);
        const life = aLife(
          aCatalogue({
            campaigns: [{ campaign: "c", on: { event: "lead.created" }, sendBefore: "90 days", steps: body }],
          }),
          { ...aReachable(NOW), id: `p${person}` },
        );
        life.arrive(NOW, [aLead()]);
        life.passUntil(NOW + days(60));
        expect(life.effects.filter(({ kind }) => kind === "run-ended")).toMatchObject([{ reason: "completed" }]);
        expect(life.profile().runs).toEqual([]);
        const mails = sendsOf(life.effects).map(({ step }) => step);
        expect(new Set(mails).size).toBe(mails.length);
        expect(judgementsOf(life.effects)).toEqual([{ campaign: "c", outcome: "entered" }]);
      }),
      { numRuns: 300 },
    );
  });
});
