// Decides how it is shown who was not heard of for too long, and how these people are erased.
import type { RetentionView } from "../../shared/pipeline/views/retention.ts";
import { type Client, withClient } from "../client.ts";
import type { Call, Command } from "../command.ts";
import { jobAtRest } from "../job-end.ts";
import { countText, jsonText, numberText, tableText, timeText } from "../output.ts";
import { confirmed } from "../plan/confirm.ts";

export const command: Command = {
  name: "retention",
  says: "Show who has done nothing for longer than relance.yaml keeps people (a year counts 365 days); with --erase, erase them.",
  positionals: [],
  options: {
    erase: { type: "flag", says: "erase them now; without it nothing is changed" },
    yes: { type: "flag", says: "do not ask first" },
  },
  examples: [
    ["retention", "a dry run: how many, and who, by opaque id"],
    ["retention --erase --yes", "erases them; retention: { automatic: true } in relance.yaml does so every night"],
  ],
  run,
};

/** Profiles that are looked at in one call. */
const LOOKED_AT = 500;
const SHOWN = 50;

type Preview = Omit<RetentionView, "next">;

async function run(call: Call): Promise<number> {
  const { args, environment, output } = call;
  return withClient(environment, async (client) => {
    const preview = await previewOf(client);
    if (!args.flag("erase") || preview.items.length === 0) {
      output.out(args.flag("json") ? jsonText(preview) : `${previewText(preview)}\n`);
      return 0;
    }
    const question = `Erase ${countText(preview.items.length, "person", "people")} of whom nothing was heard since ${timeText(preview.before)}? This cannot be undone.`;
    if (!(await confirmed(call, question))) return 1;
    const { jobId } = await client.post<{ jobId: string }>("/api/jobs/retention/start");
    const job = await jobAtRest(client, jobId);
    const text =
      job === undefined
        ? "It has begun and goes on by itself: GET /api/jobs/retention tells how far it is."
        : `${countText(job.counts["erased"] ?? 0, "person", "people")} of ${numberText(job.counts["done"] ?? 0)} erased; what is kept of them goes within minutes.`;
    output.out(args.flag("json") ? jsonText({ jobId, ...(job && { job }) }) : `${text}\n`);
    return 0;
  });
}

async function previewOf(client: Client): Promise<Preview> {
  let whole: Preview | undefined;
  for (let next: string | undefined; ; ) {
    const { next: more, ...page } = await client.get<RetentionView>("/api/retention", { limit: LOOKED_AT, next });
    whole = {
      ...page,
      looked: (whole?.looked ?? 0) + page.looked,
      items: [...(whole?.items ?? []), ...page.items],
    };
    if (more === undefined) return whole;
    next = more;
  }
}

function previewText({ after, automatic, before, looked, items }: Preview): string {
  const kept = `People are kept for ${after} after their last own act; a click counts, an open does not.`;
  const when = automatic
    ? "They are erased tonight."
    : "Nothing is erased by itself: npm run relance -- retention --erase does it now, retention: { automatic: true } in relance.yaml every night.";
  const found = `${numberText(items.length)} of ${countText(looked, "person", "people")} did nothing since ${timeText(before)}.`;
  if (items.length === 0) return `${kept}\n${found}`;
  const rows = items.slice(0, SHOWN).map(({ profileId, lastActAt }) => [profileId, timeText(lastActAt)]);
  const more = items.length > SHOWN ? [`  and ${numberText(items.length - SHOWN)} more: --json has all of them`] : [];
  return [kept, found, "", tableText([["PROFILE", "LAST ACT"], ...rows]), ...more, "", when].join("\n");
}
