// Decides how the results of tests are told: one line each, and of a failing one the difference and every decision.
import type { TestResult } from "../shared/authoring/tests/run-tests.ts";
import { countText } from "./output.ts";

/** All results, by file, with the count at the end. */
export function resultsText(results: TestResult[]): string {
  const files = Map.groupBy(results, ({ file }) => file);
  const blocks = [...files].map(([file, ofFile]) => [file, ...ofFile.flatMap(linesOf)].join("\n"));
  return `${blocks.join("\n").trimEnd()}\n\n${countLine(results)}\n`;
}

function countLine(results: TestResult[]): string {
  const failed = results.filter(({ passed }) => !passed).length;
  const held = results.length - failed;
  return failed === 0 ? `${countText(held, "test")} passed` : `${held} passed, ${failed} failed`;
}

function linesOf({ test, file, passed, failures, zone, diff, timeline }: TestResult): string[] {
  if (passed) return [`  ok    ${test}`];
  return [
    `  FAIL  ${test}`,
    ...failures.flatMap(({ line, column, message }) => indented(`${file}:${line}:${column}: ${message}`, 8)),
    ...(diff.length === 0 ? [] : ["", `        Mails and events (- expected, + happened; times in ${zone}):`]),
    ...diff.map((line) => `          ${line}`),
    "",
    `        What happened, in order:`,
    ...timeline.map((line) => `          ${line}`),
    "",
  ];
}

function indented(text: string, by: number): string[] {
  return text.split("\n").map((line, index) => `${" ".repeat(index === 0 ? by : by + 2)}${line}`.trimEnd());
}
