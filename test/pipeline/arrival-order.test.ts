// Proves that neither the order of arrival nor the batching changes which mails are sent or who is in which segment.
import { beforeAll, describe, expect, test } from "vitest";
import type { Definition } from "../../shared/domain/definition.ts";
import { DAY_MS, SECOND_MS } from "../../shared/domain/instant.ts";
import type { Json, JsonObject } from "../../shared/domain/json.ts";
import { findProfile } from "../../shared/pipeline/identity.ts";
import { profileView } from "../../shared/pipeline/views/timeline.ts";
import { consent, identify, lead, purchase } from "../support/calls.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { smallShopDefinitions } from "../support/small-shop.ts";

const CALLS = [
  identify(START),
  consent(START + SECOND_MS),
  lead(START + 2 * SECOND_MS),
  purchase(START + 3 * SECOND_MS),
];

function permutations<T>(items: T[]): T[][] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

/** Every way to cut a list into consecutive batches. */
function splits<T>(items: T[]): T[][][] {
  return Array.from({ length: 2 ** (items.length - 1) }, (_, mask) =>
    items.reduce<T[][]>(
      (batches, item, index) => {
        if (index > 0 && mask & (1 << (index - 1))) batches.push([]);
        (batches.at(-1) as T[]).push(item);
        return batches;
      },
      [[]],
    ),
  );
}

let definitions: Definition[];
beforeAll(async () => {
  definitions = await smallShopDefinitions();
});

/** What the outside can see after a week, when the events arrive in these batches, `gapMs` apart. */
async function outcome(batches: object[][], gapMs: number) {
  const world = await MemoryWorld.open(definitions);
  world.now = START + 4 * SECOND_MS;
  for (const batch of batches) {
    await world.post(...batch);
    await world.settle();
    await world.advanceTo(world.now + gapMs);
  }
  await world.advanceTo(START + 7 * DAY_MS);
  const profileId = (await findProfile(world.ports, "u-1")) as string;
  const { segments, consents, churn, activity, purchaseDays } = (await profileView(world.ports, profileId)) as {
    [field: string]: Json;
  };
  // When it was accepted is all that the order of arrival says of a word on consent.
  const { at: _acceptedAt, ...marketing } = (consents as { marketing: JsonObject }).marketing;
  return { mails: world.mails().toSorted(), segments, marketing, churn, activity, purchaseDays };
}

describe("arrival order", () => {
  test("every permutation and batch split of identify, consent, lead and purchase gives the same mails and memberships", async () => {
    const expected = await outcome([CALLS], 0);
    expect(expected.mails).toEqual([expect.stringContaining("music shelf"), expect.stringContaining("Welcome Anna")]);
    expect(Object.keys(expected.segments as object).toSorted()).toEqual(["first-time-buyers"]);
    for (const order of permutations(CALLS)) {
      for (const batches of splits(order)) {
        for (const gapMs of [0, 20 * SECOND_MS]) expect(await outcome(batches, gapMs)).toEqual(expected);
      }
    }
  });

  test("facts that come after settle do not bring back a mail that was refused", async () => {
    const world = await MemoryWorld.open(definitions);
    await world.post(identify(START), lead(START));
    await world.advanceTo(START + 3 * 60 * SECOND_MS);
    await world.post(consent(START + 150 * SECOND_MS));
    await world.advanceTo(START + DAY_MS);
    expect(world.mails()).toEqual([]);
  });
});
