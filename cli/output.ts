// Decides where a command writes: results on standard output, progress and problems on standard error.

/** Both take whole texts, with their line breaks. */
export type Output = { out(text: string): void; err(text: string): void; isTerminal: boolean };

/** The streams of this process; a reader that went away (`| head`) ends it quietly. */
export function processOutput(): Output {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  // Nobody reads the progress any more; that is no reason to stop the work.
  process.stderr.on("error", () => undefined);
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isTerminal: process.stderr.isTTY === true,
  };
}

/** Everything but line breaks and tabs that a terminal obeys instead of showing it, and marks that turn the reading direction. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is for
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The text with such characters written out, as JSON writes them: names and traits come from strangers. */
export function plainText(text: string): string {
  return text.replace(OBEYED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** One JSON document, as `--json` prints it. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

const SPACES = "  ";

/** Lines of aligned columns; columns whose cells are all numbers are aligned to the right. */
export function tableText(rows: (string | number)[][], indent = SPACES): string {
  const widths: number[] = [];
  const numeric: boolean[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, String(cell).length);
      numeric[column] = (numeric[column] ?? true) && typeof cell === "number";
    }
  }
  const line = (row: (string | number)[]) =>
    row.map((cell, column) =>
      numeric[column] ? String(cell).padStart(widths[column] ?? 0) : String(cell).padEnd(widths[column] ?? 0),
    );
  return rows.map((row) => `${indent}${line(row).join(SPACES)}`.trimEnd()).join("\n");
}

/** `1,234,567`: the same on every machine. */
export function numberText(n: number | bigint): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 order`, `69,659 orders`. */
export function countText(n: number, one: string, many = `${one}s`): string {
  return `${numberText(n)} ${n === 1 ? one : many}`;
}

/** `2026-03-01 09:00 UTC` of an ISO instant. */
export function timeText(isoInstant: string): string {
  return `${isoInstant.slice(0, 10)} ${isoInstant.slice(11, 16)} UTC`;
}
