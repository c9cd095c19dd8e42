// Guarantees of writes that many do at once: whoever meets others tries again, with pauses, and gives up in the end.
import { beforeEach, describe, expect, test } from "vitest";
import { SECOND_MS } from "../../shared/domain/instant.ts";
import { pauseIfTooBad } from "../../shared/pipeline/automatic-pause.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { TransactionCanceled } from "../../shared/pipeline/faults.ts";
import { changeJob, loadJob, newJob } from "../../shared/pipeline/jobs/job-record.ts";
import { noteBad, noteSent } from "../../shared/pipeline/reputation.ts";
import { readStops } from "../../shared/pipeline/stop-state.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { leadShop } from "../support/shop-definitions.ts";

let world: MemoryWorld;
/** How many more writes of somebody else come first. */
let others = 0;
let said: string[] = [];

function meetOthers(): void {
  const meet = () => {
    if (others-- > 0) throw new TransactionCanceled(["conflict"]);
  };
  const { write, transact } = world.table;
  world.table.write = async (one) => {
    meet();
    return write.call(world.table, one);
  };
  world.table.transact = async (all) => {
    meet();
    return transact.call(world.table, all);
  };
}

beforeEach(async () => {
  world = await MemoryWorld.open(leadShop({ welcome: {} }));
  said = [];
  world.ports.log = { ...world.ports.log, warn: (message) => said.push(message) };
  others = 0;
  meetOthers();
});

const aJob = () => newJob({ id: "one", kind: "nightly", params: {} }, { createdAt: START, startsAt: START });
const tasks: Record<string, { task: () => Promise<unknown>; isDone: () => Promise<boolean> }> = {
  "a publication": {
    task: () => publish(world.ports, leadShop({ welcome: {}, second: {} })),
    isDone: async () => (await publish(world.ports, leadShop({ welcome: {}, second: {} }))).changed === false,
  },
  "a change of a job": {
    task: () => changeJob(world.ports, "one", (job) => job ?? aJob()),
    isDone: async () => (await loadJob(world.ports, "one")) !== undefined,
  },
  "a bounce": {
    task: () => noteBad(world.ports, { id: "s-1", campaign: "welcome" }, { kind: "bounce", acceptedAt: START }),
    isDone: async () => (await world.table.query({ pk: "REPUTATION" })).items.length === 1,
  },
  "an automatic pause": {
    task: async () => {
      const met = others;
      others = 0;
      await noteSent(world.ports, new Map([["welcome", 200]]));
      for (let n = 0; n < 20; n++)
        await noteBad(world.ports, { id: `s-${n}`, campaign: "welcome" }, { kind: "bounce", acceptedAt: START });
      others = met;
      await pauseIfTooBad(world.ports, ["welcome"]);
    },
    isDone: async () => (await readStops(world.ports)).campaigns["welcome"] !== undefined,
  },
};

describe.each(Object.entries(tasks))("%s", (_, { task, isDone }) => {
  test("happens although 20 others write the same before it, within seconds", async () => {
    others = 20;
    await task();
    others = 0;
    expect(await isDone()).toBe(true);
    expect(world.now - START).toBeGreaterThan(0);
    expect(world.now - START).toBeLessThan(10 * SECOND_MS);
  });

  test("ends with the last word of the table when others never end", async () => {
    others = 1_000;
    await expect(task()).rejects.toThrow(TransactionCanceled);
    expect(others).toBeGreaterThan(800);
  });
});

test("mails that left are counted although others count too; what cannot be counted is said, and stops nothing", async () => {
  others = 20;
  await noteSent(world.ports, new Map([["welcome", 3]]));
  expect(said).toEqual([]);
  others = 1_000;
  await noteSent(world.ports, new Map([["welcome", 3]]));
  expect(said).toEqual(["sent mails not counted"]);
});
