// Decides what time is in the local mode: forward only, by itself or by jumps, across restarts.
import { describe, expect, test } from "vitest";
import { type ClockMemory, VirtualClock } from "../../shared/adapters/local/virtual-clock.ts";
import { manualTime } from "../support/manual-time.ts";

const NOW = Date.parse("2026-03-01T08:00:00Z");
const HOUR = 3_600_000;

function aMemory(options: { empty?: boolean } = {}): ClockMemory {
  const values = new Map<string, string>();
  return {
    readMeta: (name) => values.get(name),
    writeMeta: (name, value) => void values.set(name, value),
    atomically: (body) => body(),
    isEmpty: () => options.empty ?? true,
  };
}

/** Remembers the order in which sleepers woke. */
function sleepers(clock: VirtualClock): { woken: string[]; sleep: (name: string, at: number) => Promise<void> } {
  const woken: string[] = [];
  return { woken, sleep: (name, at) => clock.sleepUntil(at).then(() => void woken.push(name)) };
}

describe("the virtual clock at real speed", () => {
  test("shows real time until somebody jumps, then real time plus the jump", () => {
    const time = manualTime(NOW);
    const clock = new VirtualClock(aMemory(), time);
    expect(clock.now()).toBe(NOW);
    clock.jumpTo(NOW + 48 * HOUR);
    time.pass(500);
    expect(clock.now()).toBe(NOW + 48 * HOUR + 500);
  });

  test("never goes back: not by a jump, not when the machine's clock does", () => {
    const time = manualTime(NOW);
    const clock = new VirtualClock(aMemory(), time);
    clock.jumpTo(NOW + HOUR);
    expect(() => clock.jumpTo(NOW)).toThrow(
      "The clock never goes back: it shows 2026-03-01T09:00:00.000Z, asked for was 2026-03-01T08:00:00.000Z.",
    );
    time.set(NOW - HOUR);
    expect(clock.now()).toBe(NOW + HOUR);
    clock.jumpTo(NOW + HOUR);
  });

  test("keeps its offset across restarts, and never falls behind where a jump had come", () => {
    const memory = aMemory();
    const time = manualTime(NOW);
    new VirtualClock(memory, time).jumpTo(NOW + 48 * HOUR);
    time.pass(HOUR);
    expect(new VirtualClock(memory, time).now()).toBe(NOW + 49 * HOUR);
    time.set(NOW - 10 * HOUR);
    expect(new VirtualClock(memory, time).now()).toBe(NOW + 48 * HOUR);
  });

  test("a sleeper wakes when time has passed, not before, and a reached instant needs no sleep", async () => {
    const time = manualTime(NOW);
    const clock = new VirtualClock(aMemory(), time);
    const { woken, sleep } = sleepers(clock);
    await sleep("past", NOW);
    const both = [sleep("late", NOW + 2_000), sleep("early", NOW + 1_000)];
    time.pass(999);
    expect(time.timers()).toBe(1);
    time.pass(1);
    await both[1];
    expect(woken).toEqual(["past", "early"]);
    time.pass(1_000);
    await both[0];
    expect(woken).toEqual(["past", "early", "late"]);
  });

  test("a jump wakes at once who slept until then, in order", async () => {
    const clock = new VirtualClock(aMemory(), manualTime(NOW));
    const { woken, sleep } = sleepers(clock);
    const all = [sleep("b", NOW + 2 * HOUR), sleep("a", NOW + HOUR), sleep("c", NOW + 3 * HOUR)];
    clock.jumpTo(NOW + 2 * HOUR);
    await Promise.all(all.slice(0, 2));
    expect(woken).toEqual(["a", "b"]);
    clock.jumpTo(NOW + 3 * HOUR);
    await all[2];
  });

  test("sleeps longer than a timer can take", async () => {
    const time = manualTime(NOW);
    const clock = new VirtualClock(aMemory(), time);
    const { woken, sleep } = sleepers(clock);
    const asleep = sleep("year", NOW + 365 * 24 * HOUR);
    for (let day = 0; day < 364; day++) time.pass(24 * HOUR);
    expect(woken).toEqual([]);
    time.pass(24 * HOUR);
    await asleep;
  });

  test("closing drops the timer and keeps how far time came", () => {
    const memory = aMemory();
    const time = manualTime(NOW);
    const clock = new VirtualClock(memory, time);
    void clock.sleepUntil(NOW + HOUR);
    time.pass(1_000);
    clock.close();
    expect(time.timers()).toBe(0);
    expect(new VirtualClock(memory, manualTime(NOW)).now()).toBe(NOW + 1_000);
  });
});

describe("the start of the virtual clock", () => {
  test("can lie in the past of an empty store", () => {
    const clock = new VirtualClock(aMemory(), manualTime(NOW));
    expect(clock.now()).toBe(NOW);
    clock.startAt(NOW - 90 * 24 * HOUR);
    expect(clock.now()).toBe(NOW - 90 * 24 * HOUR);
  });

  test("cannot be set once something is stored", () => {
    const clock = new VirtualClock(aMemory({ empty: false }), manualTime(NOW));
    expect(() => clock.startAt(NOW - HOUR)).toThrow(expect.objectContaining({ code: "clock_not_empty" }));
  });
});

describe("the frozen clock", () => {
  test("stands still until a jump, and runs on from there when thawed", () => {
    const time = manualTime(NOW);
    const clock = new VirtualClock(aMemory(), time);
    clock.freeze();
    time.pass(HOUR);
    expect(clock.now()).toBe(NOW);
    clock.jumpTo(NOW + 10);
    expect(clock.now()).toBe(NOW + 10);
    clock.thaw();
    time.pass(5);
    expect(clock.now()).toBe(NOW + 15);
  });

  test("moves to the next sleeper by itself, one instant at a time, so that sleepers see their own instant", async () => {
    const clock = new VirtualClock(aMemory(), manualTime(NOW));
    clock.freeze();
    const seen: number[] = [];
    const nap = async (ms: number) => {
      await clock.sleepUntil(NOW + ms);
      seen.push(clock.now() - NOW);
    };
    await Promise.all([nap(300), nap(100), nap(200).then(() => nap(250)), nap(100)]);
    expect(seen).toEqual([100, 100, 200, 250, 300]);
  });

  test("wakes those who sleep at real speed when it is frozen, and the other way round", async () => {
    const time = manualTime(NOW);
    const clock = new VirtualClock(aMemory(), time);
    const first = clock.sleepUntil(NOW + HOUR);
    clock.freeze();
    await first;
    expect(clock.now()).toBe(NOW + HOUR);
    const second = clock.sleepUntil(NOW + 2 * HOUR);
    clock.thaw();
    time.pass(HOUR);
    await second;
  });
});
