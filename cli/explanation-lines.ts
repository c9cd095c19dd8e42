// Decides how the parts of an explanation are laid out: sections of aligned columns, clauses indented as they were written.
import { type ClauseView, valueText } from "../shared/domain/explain.ts";
import { timeText } from "./output.ts";

/** Widest a column gets before its text goes on in the next line. */
const WIDEST = 46;

/** Cells side by side, columns aligned, long texts wrapped below themselves. */
export function columnLines(rows: string[][]): string[] {
  const widths: number[] = [];
  const wrapped = rows.map((row) =>
    row.map((cell, column) => wrap(cell, column === row.length - 1 ? 2 * WIDEST : WIDEST)),
  );
  for (const row of wrapped) {
    for (const [column, lines] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, ...lines.map((line) => line.length));
  }
  return wrapped.flatMap((row) => {
    const height = Math.max(...row.map((lines) => lines.length));
    return Array.from({ length: height }, (_, line) =>
      row
        .map((lines, column) => (lines[line] ?? "").padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
  });
}

/** Cuts at spaces; what follows is indented two deeper than the first line. A word that is too long is cut anywhere. */
export function wrap(text: string, width: number): string[] {
  const indent = `${/^ */.exec(text)?.[0]}  `;
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const space = rest.lastIndexOf(" ", width);
    const cut = space > indent.length ? space : width;
    lines.push(rest.slice(0, cut).trimEnd());
    rest = indent + rest.slice(cut).trimStart();
  }
  return [...lines, rest];
}

/** A title and its lines below it; nothing when there are none. */
export function section(title: string, rows: (string | string[])[]): string[] {
  if (rows.length === 0) return [];
  const lines = columnLines(rows.map((row) => (typeof row === "string" ? [row] : row)));
  return ["", title, ...lines.map((line) => `  ${withTimes(line)}`)];
}

const MARKS = { true: "✓", false: "✗", unknown: "?" } as const;

/** A clause and its parts as rows: what it says, what was found, where it is written. */
export function clauseRows(clause: ClauseView, depth = 0): string[][] {
  const { verdict, says, at, found, why, since, flipsAt, parts = [] } = clause;
  const notes = [
    ...(why !== undefined ? [`unknown: ${why}`] : []),
    ...(found === undefined || found === null ? [] : [`found ${valueText(found)}`]),
    ...(since === undefined || verdict === "unknown" ? [] : [`since ${timeText(since)}`]),
    ...(flipsAt === undefined ? [] : [`may change ${timeText(flipsAt)}`]),
  ];
  const row = [`${"  ".repeat(depth)}${MARKS[verdict]} ${says}`, notes.join(", "), at];
  return [row, ...parts.flatMap((part) => clauseRows(part, depth + 1))];
}

/** Instants in a text, to the minute. */
export const withTimes = (text: string) => text.replace(/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z/g, timeText);
