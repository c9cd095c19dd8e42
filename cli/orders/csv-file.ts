// Decides how a CSV file is read: delimiter and header found by themselves, rows streamed with their line numbers.
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { type Parser, parse } from "csv-parse";
import { Fault } from "../../shared/pipeline/faults.ts";

export type CsvFile = { path: string; shownAs: string; delimiter: string; columns: string[]; header: string };
/** `text`: the row as it stands in the file. `problem`: why it is no row of this file. */
export type CsvRow = { line: number; text: string; cells: string[]; problem?: string };

const DELIMITERS = [",", ";", "\t"];
const HEAD_BYTES = 64 * 1024;
const MAX_ROW_BYTES = 1024 * 1024;

const failed = (code: string, message: string, cause?: unknown) =>
  new Fault(code, message, { retryable: false, cause });

/** Opens the file and reads its header; every way in which it can be unusable is one sentence. */
export async function openCsv(path: string, shownAs: string): Promise<CsvFile> {
  const head = await readHead(path, shownAs);
  if (head.length === 0) throw failed("empty_file", `${shownAs} is empty.`);
  if (head[0] === 0xff && head[1] === 0xfe) throw failed("not_utf8", `${shownAs} is UTF-16; save it as CSV in UTF-8.`);
  const text = head.toString("utf8").replace(/^\uFEFF/, "");
  const firstLine = /^[\s]*([^\r\n]*)/.exec(text)?.[1] ?? "";
  const delimiter = delimiterOf(firstLine);
  let columns: string[] | undefined;
  for await (const { cells } of rowsOf({ path, delimiter })) {
    if (columns !== undefined) return { path, shownAs, delimiter, columns, header: firstLine };
    columns = cells.map((cell) => cell.trim());
  }
  throw failed("empty_file", columns === undefined ? `${shownAs} is empty.` : `${shownAs} has a header and no rows.`);
}

async function readHead(path: string, shownAs: string): Promise<Buffer> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw failed("no_such_file", `There is no file ${shownAs}.`, error);
    if (code === "EISDIR") throw failed("not_a_file", `${shownAs} is a folder, not a CSV file.`, error);
    throw failed("unreadable_file", `${shownAs} cannot be read (${code}).`, error);
  }
}

/** The one that the header has most of, outside of quotes. */
function delimiterOf(line: string): string {
  const bare = line.replace(/"[^"]*"/g, "");
  const counts = DELIMITERS.map((delimiter) => bare.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] as string;
}

/** The rows behind the header, in order; one row in memory at a time. */
export async function* csvRows({ path, delimiter, columns }: CsvFile): AsyncGenerator<CsvRow> {
  let isHeader = true;
  for await (const row of rowsOf({ path, delimiter })) {
    if (!isHeader)
      yield row.cells.length === columns.length || row.problem ? row : { ...row, problem: widthProblem(row, columns) };
    isHeader = false;
  }
}

const widthProblem = ({ cells }: CsvRow, columns: string[]) =>
  `has ${cells.length} fields instead of ${columns.length}`;

type Parsed = { record: string[]; info: { lines: number }; raw: string };

async function* rowsOf({ path, delimiter }: { path: string; delimiter: string }): AsyncGenerator<CsvRow> {
  const parser: Parser = parse({
    bom: true,
    delimiter,
    info: true,
    raw: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: MAX_ROW_BYTES,
  });
  const stream = createReadStream(path);
  stream.on("error", (error) => parser.destroy(error));
  stream.pipe(parser);
  let lineBefore = 0;
  try {
    for await (const { record, info, raw } of parser as AsyncIterable<Parsed>) {
      // A row may span lines; it is named by the one it starts on. Empty lines before it belong to `raw`.
      const text = raw.replace(/^[\r\n]+|[\r\n]+$/g, "");
      lineBefore = info.lines;
      yield { line: info.lines - (text.match(/\n/g)?.length ?? 0), text, cells: record };
    }
  } catch (error) {
    const { code } = error as { code?: string };
    const line = lineBefore + 1;
    if (code === "CSV_QUOTE_NOT_CLOSED" || code === "CSV_MAX_RECORD_SIZE") {
      yield {
        line,
        text: "",
        cells: [],
        problem: "opens a quote that is never closed; nothing behind it could be read",
      };
      return;
    }
    throw error;
  } finally {
    stream.destroy();
  }
}
