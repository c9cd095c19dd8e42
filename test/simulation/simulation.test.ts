// Decides that the promises hold in worlds nobody wrote by hand, and that the command line says so when they do not.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { neverReached, replayOf } from "./main-report.ts";
import { runShards, type Total } from "./shards.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const FROM = 0;
const SEEDS = 1_000;
const told = { workers: 2, twice: false, trace: false, mostFailures: 3 };

describe("a thousand simulated shops", () => {
  let total: Total;
  beforeAll(async () => {
    total = await runShards({ ...told, from: FROM, count: SEEDS });
  }, 300_000);

  test(`from seed ${FROM} on break no promise`, () => {
    const failed = total.failures.map(({ seed, violations }) => [replayOf(seed, {}), violations]);
    expect(failed).toEqual([]);
    expect(total.seeds).toBe(SEEDS);
  });

  test("meet every fault there is", () => {
    expect(neverReached(total)).toEqual([]);
  });

  test("send mails by the thousand, none of them faster than the provider takes them", () => {
    expect(total.counts["mails"]).toBeGreaterThan(SEEDS);
    expect(total.counts["throttledByRate"]).toBe(0);
  });
});

describe("a seed", () => {
  test("is the same world again when it is run again", async () => {
    const { failures } = await runShards({ ...told, from: 20_000, count: 50, twice: true });
    expect(failures).toEqual([]);
  }, 60_000);
});

describe("npm run simulate", () => {
  const simulate = (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { encoding: "utf8" });

  test("tells of a broken promise, how to replay it, and ends with 1", () => {
    const { status, stdout } = simulate("--mutant", "no-claim", "--seeds", "200", "--stop-after", "1");
    expect(stdout).toMatch(/^Seed \d+ broke /m);
    expect(stdout).toMatch(/Replay it: npm run simulate -- --mutant no-claim --seed \d+\n/);
    expect(status).toBe(1);
  }, 60_000);

  test("prints one seed's trace, and ends with 0 when its promises held", () => {
    const { status, stdout } = simulate("--seed", "0");
    expect(stdout.split("\n").length).toBeGreaterThan(20);
    expect(stdout).toContain("1 seed from 0 on, 0 failed");
    expect(status).toBe(0);
  }, 60_000);

  test.each([
    [["--seeds", "many"], '--seeds must be a whole number from 1 on, not "many"'],
    [["--seed", "1", "--from", "2"], "--seed is one seed"],
    [["--mutants", "--seed", "1"], "--mutants runs every mutant on its own seeds"],
    [["--mutant", "no-such"], 'there is no mutant "no-such"; there are '],
    [["--sedes", "1"], "--sedes"],
  ])("%s is refused with the reason and 2", (args, reason) => {
    const { status, stderr } = simulate(...args);
    expect(stderr).toContain(reason);
    expect(status).toBe(2);
  });

  test("--help says what there is", () => {
    const { status, stdout } = simulate("--help");
    expect(stdout).toContain("--check-determinism");
    expect(status).toBe(0);
  });
});
