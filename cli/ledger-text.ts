// Decides how the send ledger reads: a table whose columns add up, and the reasons below it.
import { ledgerParts, reasonedParts, type SendLedger } from "../shared/domain/ledger.ts";
import { reasonWords } from "../shared/domain/send-words.ts";
import type { LedgerView } from "../shared/pipeline/views/ledger.ts";
import { numberText, tableText, timeText } from "./output.ts";

export function ledgerText({ asOf, items, total }: LedgerView): string {
  return [
    `Mails planned, and what became of them, as of ${timeText(asOf)}`,
    tableText(alignedRight(tableOf(items, total))),
    "",
    ...reasonLines(items),
  ].join("\n");
}

/** A line per campaign, and the totals where there are several. */
function tableOf(items: LedgerView["items"], total: SendLedger): string[][] {
  const row = (name: string, ledger: SendLedger) => [
    name,
    ...[ledger.planned, ...ledgerParts.map((part) => ledger[part])].map(numberText),
  ];
  return [
    ["", "planned", ...ledgerParts],
    ...items.map(({ campaign, archived, ...ledger }) => row(archived ? `${campaign} (archived)` : campaign, ledger)),
    ...(items.length === 1 ? [] : [row("total", total)]),
  ];
}

/** All columns but the first stand to the right, headings too. */
function alignedRight(rows: string[][]): string[][] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => (column === 0 ? cell : cell.padStart(widths[column] ?? 0))));
}

type Found = { n: number; in: [campaign: string, n: number][] };

/** The most frequent reason first, with the campaigns it was met in. */
function reasonLines(items: LedgerView["items"]): string[] {
  return reasonedParts.flatMap((part) => {
    const found = new Map<string, Found>();
    for (const { campaign, reasons } of items) {
      for (const [reason, n] of Object.entries(reasons[part])) {
        const known: Found = found.get(reason) ?? { n: 0, in: [] };
        found.set(reason, { n: known.n + n, in: [...known.in, [campaign, n]] });
      }
    }
    if (found.size === 0) return [];
    const rows = [...found].sort(([, a], [, b]) => b.n - a.n);
    const cells = rows.map(([reason, { n, in: where }]) => [
      numberText(n).padStart(7),
      reason,
      reasonWords(reason),
      items.length === 1 ? "" : whereText(where),
    ]);
    return [`${part[0]?.toUpperCase()}${part.slice(1)}, by reason`, tableText(cells), ""];
  });
}

const MOST_NAMED = 2;

/** The campaigns with the most of it; a line is to be read, and --campaign tells the others. */
function whereText(where: Found["in"]): string {
  const named = where.toSorted(([, a], [, b]) => b - a).slice(0, MOST_NAMED);
  const others = where.length - named.length;
  return [
    ...named.map(([campaign, n]) => `${campaign} ${numberText(n)}`),
    ...(others > 0 ? [others === 1 ? "1 other" : `${others} others`] : []),
  ].join(", ");
}
