// Decides how a fault in the marketers' folder is said: the file, the place in it, what is wrong and how to mend it.
import { placeOf } from "../domain/definition.ts";
import type { InputProblem } from "../domain/event.ts";

/** An error stops publishing; a warning is said, and stops nothing. */
export type Severity = "error" | "warning";

/** Lines and columns count from 1. `file` is a path with forward slashes. */
export type SourceProblem = {
  file: string;
  line: number;
  column: number;
  severity: Severity;
  code: string;
  message: string;
};

/** A place in a text, counted from 1. */
export type Place = { line: number; column: number };

/** A file that was read, with the place of each of its fields. */
export type Placed = { file: string; lines: Record<string, string> };

/** One line that editors and terminals link: `marketing/campaigns/x.yaml:7:5: steps[1].wait must be a duration`. */
export function problemText({ file, line, column, severity, message }: SourceProblem): string {
  return `${file}:${line}:${column}: ${severity === "warning" ? "warning: " : ""}${message}`;
}

/** Those that stop publishing. */
export function errorsIn(problems: SourceProblem[]): SourceProblem[] {
  return problems.filter(({ severity }) => severity === "error");
}

/** An error of a whole file, or at a place of it. */
export function fileError(
  file: string,
  { code, message }: { code: string; message: string },
  { line, column }: Place = { line: 1, column: 1 },
): SourceProblem {
  return { file, line, column, severity: "error", code, message };
}

/** The place of a character in a text. */
export function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

/** The written place of a path in a parsed file, or of the nearest field around it. */
export function placeOfPath(lines: Record<string, string>, path: string): Place {
  const [, line, column] = placeOf({ file: "", lines }, path).split(":");
  return { line: Number(line), column: Number(column) };
}

/** Puts a complaint about a field where that field is written. */
export function atField(source: Placed, problem: InputProblem, severity: Severity = "error"): SourceProblem {
  const { path, code } = problem;
  const message = path === "" ? problem.message : `${path} ${problem.message}`;
  return { file: source.file, ...placeOfPath(source.lines, path), severity, code, message };
}

/** By file, then by place; each once, however many templates share a faulty layout. */
export function inReadingOrder(problems: SourceProblem[]): SourceProblem[] {
  const byFile = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const distinct = [...new Map(problems.map((problem) => [problemText(problem), problem])).values()];
  return distinct.sort((a, b) => byFile(a.file, b.file) || a.line - b.line || a.column - b.column);
}
