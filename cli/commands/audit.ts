// Decides how the audit is read on the command line: who did what to what, when, and how it ended.
import { isAskedInstant } from "../../shared/domain/asked-instant.ts";
import { auditWords } from "../../shared/domain/audit-words.ts";
import type { AuditLine } from "../../shared/pipeline/views/audit.ts";
import { listOf, withClient } from "../client.ts";
import type { Arguments, Call, Command } from "../command.ts";
import { mostOf, mostOption } from "../most-option.ts";
import { jsonText, tableText, timeText } from "../output.ts";
import { UsageError } from "../usage-error.ts";

export const command: Command = {
  name: "audit",
  says: "Show who published, paused, suppressed, exported, erased or changed a consent, the latest first.",
  positionals: [],
  options: {
    since: {
      type: "text",
      value: "WHEN",
      says: 'from then on: a date, an instant, or "-7 days" (30 days before the end)',
    },
    until: { type: "text", value: "WHEN", says: "up to then (now); at most 400 days after --since" },
    most: mostOption,
  },
  examples: [
    ["audit", "what people and Relance itself did in the last 30 days"],
    ["audit --since 2026-01-01 --until 2026-04-01 --most 1000 --json", "a quarter, for the records"],
  ],
  run,
};

async function run({ args, environment, output }: Call): Promise<number> {
  const [since, until] = [whenOf(args, "since"), whenOf(args, "until")];
  const most = mostOf(args);
  const acts = await withClient(environment, (client) =>
    listOf<AuditLine>(client, "/api/audit", { since, until, most }),
  );
  output.out(args.flag("json") ? jsonText(acts) : `${actsText(acts)}\n`);
  return 0;
}

function whenOf(args: Arguments, name: "since" | "until"): string | undefined {
  const text = args.text(name);
  if (text === undefined || isAskedInstant(text)) return text;
  throw new UsageError(`--${name} must be a date, an instant, or a length of time such as "-7 days"; not "${text}".`);
}

/** An address is kept as a hash; the table's word before it means nothing to people. */
const shownSubject = (name: string): string => name.replace(/^ADDRESS#/, "hash ");

function actsText({ items, more }: { items: AuditLine[]; more: boolean }): string {
  if (items.length === 0) return "Nothing was done in that time.";
  const rows = items.map(({ at, principal, action, subject, outcome, code }) => [
    timeText(at),
    principal,
    auditWords[action] ?? action,
    Object.entries(subject ?? {})
      .map(([kind, name]) => `${kind} ${shownSubject(name)}`)
      .join(", "),
    outcome === "asked" ? "asked for; how it ended is not known" : `${outcome}${code === undefined ? "" : `: ${code}`}`,
  ]);
  return `${tableText(rows)}${more ? "\n  and more; see --most" : ""}`;
}
