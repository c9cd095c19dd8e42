// Decides what `npm test` says last: `N passed, N failed, N skipped`, counted from vitest's report and its exit code.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Counts a vitest JSON report. Its own totals are not used: they call a file that could not be loaded,
 * and a promise that nobody caught, a success; a report that is missing or broken counts as one failure.
 * @param {string | undefined} report the JSON text
 * @param {number} exitCode of vitest
 */
export const countTests = (report, exitCode) => {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  try {
    for (const file of JSON.parse(report ?? "").testResults) {
      const results = file.assertionResults.map(({ status }) => status);
      if (file.status === "failed" && !results.includes("failed")) counts.failed += 1;
      for (const status of results) counts[status === "passed" || status === "failed" ? status : "skipped"] += 1;
    }
  } catch {
    counts.failed += 1;
  }
  if (exitCode !== 0 && counts.failed === 0) counts.failed += 1;
  return counts;
};

const runTests = (args) => {
  const folder = mkdtempSync(join(tmpdir(), "relance-test-"));
  const report = join(folder, "report.json");
  const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { status } = spawnSync(process.execPath, [vitest, "run", ...reporters, ...args], { stdio: "inherit" });
  let text;
  try {
    text = readFileSync(report, "utf8");
  } catch {
    text = undefined; // vitest died before it could write; countTests tells
  }
  rmSync(folder, { recursive: true, force: true });
  const { passed, failed, skipped } = countTests(text, status ?? 1);
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failed > 0 ? 1 : (status ?? 1);
};

if (process.argv[1] === fileURLToPath(import.meta.url)) runTests(process.argv.slice(2));
