// Guarantees of the daily pull: who is on the provider's suppression list gets no mail here either, and pages are not lost.
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, type Instant } from "../../shared/domain/instant.ts";
import { Fault, Unavailable } from "../../shared/pipeline/faults.ts";
import { loadJob } from "../../shared/pipeline/jobs/job-record.ts";
import { loadAddress } from "../../shared/pipeline/records/address-record.ts";
import { work } from "../../shared/pipeline/work.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { leads, states } from "../support/sending.ts";
import { leadShop, shopDefinitions } from "../support/shop-definitions.ts";

const listed = (user: string, reason: "bounce" | "complaint", at: Instant = START - DAY_MS) => ({
  email: `${user}@example.com`,
  reason,
  at,
});
const suppressionsOf = async (world: MemoryWorld, user: string) =>
  (await loadAddress(world.ports, `${user}@example.com`)).address.suppressions;
const pull = (world: MemoryWorld) => world.advanceTo(world.now + DAY_MS);

/** Answers of the list, in order: what each call asked for is noted. */
function asked(world: MemoryWorld) {
  const calls: { since: Instant; next?: string }[] = [];
  const list = world.mailer.suppressed.bind(world.mailer);
  world.mailer.suppressed = async (page) => {
    calls.push(page);
    return list(page);
  };
  return calls;
}

describe("the pull of the provider's suppression list", () => {
  test("closes every address on every page, for the provider's reason and since its instant", async () => {
    const world = await MemoryWorld.open(shopDefinitions());
    world.mailer.suppressions.push(
      [listed("u-1", "bounce"), listed("u-2", "complaint")],
      [],
      [listed("u-3", "bounce")],
    );
    await pull(world);
    expect(await suppressionsOf(world, "u-1")).toEqual({ bounce: START - DAY_MS });
    expect(await suppressionsOf(world, "u-2")).toEqual({ complaint: START - DAY_MS });
    expect(await suppressionsOf(world, "u-3")).toEqual({ bounce: START - DAY_MS });
    expect((await loadJob(world.ports, "suppression-pull"))?.counts).toEqual({ done: 3 });
  });

  test("stops a mail to somebody who becomes known afterwards", async () => {
    const world = await MemoryWorld.open(leadShop({ welcome: {} }));
    world.mailer.suppressions.push([listed("u-1", "complaint")]);
    await pull(world);
    await leads(world, 1);
    await world.settle();
    expect(world.mails()).toEqual([]);
    expect(await states(world)).toEqual({ "welcome REFUSED suppressed": 1 });
  });

  test("comes round every day and asks only for what is new, with an hour to spare", async () => {
    const world = await MemoryWorld.open(shopDefinitions());
    const calls = asked(world);
    await world.advanceTo(START + 2 * DAY_MS);
    const first = Date.parse("2026-03-03T03:00:00Z");
    expect(calls).toEqual([{ since: 0 }, { since: first - HOUR_MS }]);
    expect((await loadJob(world.ports, "suppression-pull"))?.startsAt).toBe(first + 2 * DAY_MS);
  });

  test("what is on the list already is no write, what is no address is passed over", async () => {
    const world = await MemoryWorld.open(shopDefinitions());
    world.mailer.suppressions.push([listed("u-1", "bounce"), { email: "<none>", reason: "bounce", at: START }]);
    await pull(world);
    const { address } = await loadAddress(world.ports, "u-1@example.com");
    await pull(world);
    expect((await loadAddress(world.ports, "u-1@example.com")).address).toEqual(address);
  });

  test("goes on where it was when the provider does not answer, and starts over when its page is gone", async () => {
    const world = await MemoryWorld.open(shopDefinitions());
    world.mailer.suppressions.push([listed("u-1", "bounce")], [listed("u-2", "bounce")]);
    const list = world.mailer.suppressed.bind(world.mailer);
    const failures: Error[] = [
      new Unavailable("SES"),
      new Fault("bad_page_token", "The page is gone.", { retryable: false }),
    ];
    const pages: (string | undefined)[] = [];
    world.mailer.suppressed = async (page) => {
      pages.push(page.next);
      const failure = page.next === undefined ? undefined : failures.shift();
      if (failure !== undefined) throw failure;
      return list(page);
    };
    world.now = Date.parse("2026-03-03T03:00:00Z");
    await expect(work(world.ports, "suppression-pull")).rejects.toThrow(Unavailable);
    await work(world.ports, "suppression-pull");
    expect(pages).toEqual([undefined, "1", "1", undefined, "1"]);
    expect(await suppressionsOf(world, "u-2")).toEqual({ bounce: START - DAY_MS });
    expect((await loadJob(world.ports, "suppression-pull"))?.state).toBe("waiting");
  });
});
