// Tortures the real local mode and prints what came of it; see `npm run torture -- --help`.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Lookup } from "./nasty-mailer.ts";
import { type Asked, HELP, readOptions } from "./options.ts";
import { type Result, tableText, violationsText } from "./report.ts";
import { torture } from "./torture.ts";

/** The nastiness of the promise: a fifth of the calls throttled, 5 of 1,000 hang, 1 of 1,000 loses its confirmation. */
const NASTINESS = { throttled: 0.2, hung: 0.005, unconfirmed: 0.001, hangMs: 500 };

const STOPPED = 130;

async function tortureOnce(asked: Asked, lookup: Lookup): Promise<Result & { folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), "relance-torture-"));
  const startedAt = performance.now();
  const progress = (text: string) =>
    process.stderr.write(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s  ${text}\n`);
  const tortured = await torture({ ...asked, lookup, nastiness: NASTINESS, folder, progress });
  if (tortured.violations.length === 0) rmSync(folder, { recursive: true, force: true });
  return { ...tortured, lookup, folder };
}

async function run(words: string[]): Promise<number> {
  const asked = readOptions(words);
  if (asked.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const results: (Result & { folder: string })[] = [];
  for (const lookup of asked.lookups) results.push(await tortureOnce(asked, lookup));
  const broken = results.filter(({ violations }) => violations.length > 0);
  const { seconds, rate, kills, seed } = asked;
  const replay = (lookup: Lookup) =>
    `npm run torture -- --seconds ${seconds} --rate ${rate} --kills ${kills} --seed ${seed} --lookup ${lookup}`;
  if (asked.json) process.stdout.write(`${JSON.stringify({ seconds, rate, kills, seed, results }, null, 2)}\n`);
  else process.stdout.write(`${tableText(results)}\n`);
  for (const result of broken) {
    process.stderr.write(`\n${violationsText(result, replay(result.lookup), result.folder)}\n`);
  }
  return broken.length > 0 ? 1 : 0;
}

// The server must not outlive its torture.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(STOPPED));

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
