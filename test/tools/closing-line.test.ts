// Decides that the closing line of `npm test` is honest, also where vitest's own totals are not.
import { describe, expect, test } from "vitest";
import { countTests } from "../../tools/test.mjs";

const file = (status: string, ...results: string[]) => ({
  status,
  assertionResults: results.map((each) => ({ status: each })),
});
const report = (...testResults: object[]) => JSON.stringify({ success: true, numFailedTests: 0, testResults });

describe("the closing line", () => {
  test("counts passed, failed, and everything else as skipped", () => {
    const text = report(file("failed", "passed", "failed", "pending"), file("passed", "passed", "todo", "skipped"));
    expect(countTests(text, 1)).toEqual({ passed: 2, failed: 1, skipped: 3 });
  });

  test("counts a file that could not be loaded as a failure", () => {
    expect(countTests(report(file("passed", "passed"), file("failed")), 1)).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
    });
  });

  test("counts a promise that nobody caught as a failure", () => {
    expect(countTests(report(file("passed", "passed")), 1)).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });

  test.each([undefined, "", "{", "{}"])("counts a missing or broken report as a failure: %s", (text) => {
    expect(countTests(text, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});
