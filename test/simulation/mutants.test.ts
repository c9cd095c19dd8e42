// Decides that the simulation can find bugs: every planted one is found within its stated number of seeds.
import { describe, expect, test } from "vitest";
import { huntAll } from "./mutant-run.ts";
import { mutants } from "./mutants.ts";
import { DoesNotFit, plant } from "./plant.ts";

/** Two at a time; each is begun when one before it has ended. */
const hunts = huntAll(mutants, 2);

describe("the simulation", () => {
  test.each(mutants)(
    "finds $name within $within seeds: $says",
    async ({ name, within }) => {
      const hunt = await hunts.get(name);
      expect(hunt?.found, `none of the seeds from 0 to ${within - 1} found it`).toBeDefined();
    },
    300_000,
  );
});

describe("a mutant", () => {
  const mutant = { name: "rotten", says: "Nothing.", within: 1 };
  const planting = (find: string, file = "shared/domain/gate.ts") =>
    plant({ ...mutant, edits: [{ file, find, replace: "" }] });

  test("whose place is gone fails, and says which file to look at", () => {
    expect(() => planting("no such text")).toThrow(DoesNotFit);
    expect(() => planting("no such text")).toThrow(
      /mutant "rotten" .* shared\/domain\/gate.ts does not hold "no such text"/,
    );
    expect(() => planting("anything", "shared/domain/gone.ts")).toThrow(/shared\/domain\/gone.ts is not there/);
  });

  test("that would change more than one place fails", () => {
    expect(() => planting("gate")).toThrow(/shared\/domain\/gate.ts holds \d+ times "gate"/);
  });

  test("has a name of its own, and says its bug in one sentence", () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
    expect(mutants.filter(({ says }) => !/^[A-Z][^.]*\.$/.test(says))).toEqual([]);
  });
});
