// Decides how a shop's past orders get in: streamed as history, or lived through again.
import { basename } from "node:path";
import { EVENT_TYPE } from "../../shared/domain/event.ts";
import { iso } from "../../shared/domain/instant.ts";
import { withClient } from "../client.ts";
import type { Arguments, Call, Command } from "../command.ts";
import { givenPath } from "../environment.ts";
import { openCsv } from "../orders/csv-file.ts";
import { importCountJson, importCountText, newImportCount } from "../orders/import-count.ts";
import { type Importing, importPage, PAGE_ROWS, type PreparedRow, stopped } from "../orders/import-pages.ts";
import { orderColumns } from "../orders/order-columns.ts";
import { preparedRows, type Source } from "../orders/prepare-rows.ts";
import { RejectsFile } from "../orders/rejects-file.ts";
import { replayOrders } from "../orders/replay-orders.ts";
import { jsonText, numberText } from "../output.ts";
import { barText, type Progress, progressOn } from "../progress.ts";
import { UsageError } from "../usage-error.ts";

const PURCHASE = "purchase.completed";

export const command: Command = {
  name: "import orders",
  says: "Bring in past orders from a CSV file. They count as history and trigger nothing, unless you say so.",
  positionals: [{ name: "FILE.csv", says: "the orders, one a row, with a header", required: true }],
  options: {
    customer: { type: "text", value: "COLUMN", says: "who ordered: your user id", required: true },
    at: { type: "text", value: "COLUMN", says: "when: a date (midnight UTC) or an instant", required: true },
    amount: { type: "text", value: "COLUMN", says: "for how much", required: true },
    currency: { type: "text", value: "EUR|COLUMN", says: "a currency for all rows, or a column", required: true },
    id: {
      type: "text",
      value: "COLUMN",
      says: "the order's id; without it equal rows of a day count as orders of their own",
    },
    quantity: { type: "text", value: "COLUMN", says: "how many items" },
    category: { type: "text", value: "COLUMN", says: "what kind of goods" },
    event: { type: "text", value: "TYPE", says: `the event each row becomes (${PURCHASE})` },
    trigger: { type: "flag", says: "rows of the last 72 hours count as live and may trigger campaigns" },
    replay: { type: "flag", says: "with --trigger, on a fresh data folder: the clock follows the data" },
    rejects: { type: "text", value: "FILE", says: "where rows that were not taken go (FILE.csv.rejects.csv)" },
  },
  examples: [
    [
      "import orders orders.csv --customer customer_id --at ordered_on --amount total --currency EUR",
      "as history; a second run changes nothing",
    ],
    [
      "import orders orders.csv --customer who --at date --amount sum --currency currency --id order_no",
      "amounts in several currencies, orders with ids",
    ],
  ],
  stops: true,
  run,
};

async function run(call: Call): Promise<number> {
  const { args, environment, output, signal } = call;
  const given = args.positionals[0] as string;
  const path = givenPath(given, environment);
  const type = typeOf(args);
  if (args.flag("replay") && !args.flag("trigger"))
    throw new UsageError("--replay only makes sense together with --trigger.");
  const rejectsPath = args.text("rejects") ?? `${path}.rejects.csv`;
  if (givenPath(rejectsPath, environment) === path)
    throw new UsageError("--rejects must not be the file that is imported.");
  const file = await openCsv(path, basename(given));
  const source: Source = { file, columns: orderColumns(args, file), type, live: args.flag("trigger") };
  const importing = { count: newImportCount(), rejects: new RejectsFile(rejectsPath, file) };
  const progress = progressOn(output);
  try {
    if (args.flag("replay")) await replay(call, source, { ...importing, progress });
    else {
      const trigger = args.flag("trigger");
      await withClient(
        environment,
        (client) => importAll(source, { ...importing, client, trigger, progress, signal }),
        { create: true },
      );
    }
  } finally {
    importing.rejects.close();
  }
  const { count } = importing;
  output.out(args.flag("json") ? jsonText(importCountJson(count)) : importCountText(count, rejectsPath));
  return count.applied + count.duplicates > 0 ? 0 : 1;
}

function typeOf(args: Arguments): string {
  const type = args.text("event") ?? PURCHASE;
  if (EVENT_TYPE.test(type)) return type;
  throw new UsageError(`--event must be an event type such as ${PURCHASE}, not "${type}".`);
}

type Streaming = Importing & { progress: Progress; signal: AbortSignal };

async function importAll(source: Source, streaming: Streaming): Promise<void> {
  const { client, count, progress, signal } = streaming;
  const startedAt = performance.now();
  const text = () => {
    const seconds = (performance.now() - startedAt) / 1_000;
    return `Importing orders  ${numberText(count.rows)} rows, ${numberText(Math.round(count.rows / Math.max(seconds, 0.001)))} rows/s`;
  };
  let page: PreparedRow[] = [];
  for await (const row of preparedRows(source, streaming)) {
    page.push(row);
    if (page.length < PAGE_ROWS) continue;
    if (signal.aborted) throw stopped(count.applied + count.duplicates);
    await importPage(streaming, page);
    page = [];
    progress.show(text);
  }
  if (page.length > 0) await importPage(streaming, page);
  progress.end(text());
  await client.post("/api/jobs/nightly/start");
}

async function replay(
  { environment, signal }: Call,
  source: Source,
  importing: Omit<Streaming, "client" | "trigger" | "signal">,
): Promise<void> {
  const rows: PreparedRow[] = [];
  for await (const row of preparedRows(source, importing)) rows.push(row);
  const text = (done: number, at: number) =>
    `Replaying orders ${barText(done, rows.length)}  ${numberText(done)} rows, ${iso(at).slice(0, 10)}`;
  const last = { done: 0, at: 0 };
  const progress = (done: number, at: number) => {
    Object.assign(last, { done, at });
    importing.progress.show(() => text(done, at));
  };
  await replayOrders(environment, rows, { ...importing, signal, progress });
  if (last.done > 0) importing.progress.end(text(last.done, last.at));
}
