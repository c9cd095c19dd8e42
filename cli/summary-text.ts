// Decides how the shop's numbers read to a marketer.
import type { Summary } from "../shared/pipeline/views/summary.ts";
import { countText, numberText, tableText, timeText } from "./output.ts";

/** Refusals in a marketer's words; the codes stand in the api and in `relance sends`. */
const REFUSALS: Record<string, string> = {
  expired: "too late to be worth sending",
  "no-address": "no e-mail address",
  "consent-denied": "does not want marketing mail",
  "consent-unknown": "never agreed to marketing mail",
  suppressed: "address bounced or complained",
  "opted-out": "unsubscribed",
  "frequency-cap": "heard from us often enough",
  holdout: "held out, to measure what mails do",
  archived: "the campaign was archived meanwhile",
  "not-renderable": "the template lacked something",
};

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
    `Customers usually buy again after ${Math.round(shop.gapDays)} days (${shop.gaps === 0 ? "assumed until there are enough purchases" : `from ${countText(shop.gaps, "repeat purchase")}`}).`,
  ].join("\n");
}

/** Numbers are shown with separators, still aligned to the right. */
const counted = ([n, ...rest]: (string | number)[]): string[] => [
  numberText(n as number).padStart(7),
  ...rest.map(String),
];

const sorted = (counts: Record<string, number>) => Object.entries(counts).sort(([, a], [, b]) => b - a);

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
  const lines = rows.map(([reason, total]) =>
    counted([total.n, REFUSALS[reason] ?? reason, reason, total.in.join(", ")]),
  );
  return ["Mails not sent, by reason", tableText(lines), ""];
}
