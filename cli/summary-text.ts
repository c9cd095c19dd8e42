// Decides how the shop's numbers read to a marketer.
import { reasonWords } from "../shared/domain/send-words.ts";
import type { Summary } from "../shared/pipeline/views/summary.ts";
import { countText, numberText, tableText, timeText } from "./output.ts";

export function summaryText(summary: Summary): string {
  const { events, segments, campaigns, profiles, shop } = summary;
  return [
    `${countText(events.total, "event")} of ${countText(profiles, "profile")}, as of ${timeText(summary.asOf)}`,
    ...sorted(events.byType).map(([type, n]) => tableText([counted([n, type])])),
    "",
    "Segments, members now",
    tableText(segments.map(({ title, members, id }) => counted([members, title, id]))),
    "",
    "Campaigns, mails sent of those intended",
    tableText(
      campaigns.map(({ id, title, sent, intended }) => counted([sent, `of ${numberText(intended)}`, title, id])),
    ),
    "",
    ...notSent(campaigns),
    ...stillOpen(summary.ledger),
    `Customers usually buy again after ${Math.round(shop.gapDays)} days (${shop.gaps === 0 ? "assumed until there are enough purchases" : `from ${countText(shop.gaps, "repeat purchase")}`}).`,
  ].join("\n");
}

/** Numbers are shown with separators, still aligned to the right. */
const counted = ([n, ...rest]: (string | number)[]): string[] => [
  numberText(n as number).padStart(7),
  ...rest.map(String),
];

const sorted = (counts: Record<string, number>) => Object.entries(counts).sort(([, a], [, b]) => b - a);

/** Mails of which the last word is not known yet. */
function stillOpen({ held, unknown }: Summary["ledger"]): string[] {
  const lines = [
    ...(held === 0 ? [] : [counted([held, "wait to be sent: npm run relance -- sends --state HELD"])]),
    ...(unknown === 0
      ? []
      : [counted([unknown, "handed over without an answer: npm run relance -- sends --state UNKNOWN"])]),
  ];
  return lines.length === 0 ? [] : ["Mails not at their end", tableText(lines), ""];
}

function notSent(campaigns: Summary["campaigns"]): string[] {
  const totals: Record<string, { n: number; in: string[] }> = {};
  for (const { id, refusals } of campaigns) {
    for (const [reason, n] of Object.entries(refusals)) {
      totals[reason] ??= { n: 0, in: [] };
      totals[reason].n += n;
      totals[reason].in.push(`${id} ${numberText(n)}`);
    }
  }
  const rows = Object.entries(totals).sort(([, a], [, b]) => b.n - a.n);
  if (rows.length === 0) return [];
  const lines = rows.map(([reason, total]) => counted([total.n, reasonWords(reason), reason, total.in.join(", ")]));
  return ["Mails not sent, by reason", tableText(lines), ""];
}
