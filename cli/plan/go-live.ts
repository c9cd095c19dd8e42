// Decides how a reviewed plan goes live: shown, allowed, confirmed, published, and the back-fill followed to its end.
import { userInfo } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { Fault } from "../../shared/pipeline/faults.ts";
import type { PlanView } from "../../shared/pipeline/plans.ts";
import type { JobView } from "../../shared/pipeline/views/jobs.ts";
import type { Client } from "../client.ts";
import type { Call, Option } from "../command.ts";
import { countText, jsonText } from "../output.ts";
import { barText, progressOn } from "../progress.ts";
import { confirmed } from "./confirm.ts";
import { diffText, warningLines } from "./diff-text.ts";
import { againstText, whereText } from "./plan-folder.ts";
import { everyoneIsIn, workOutForecast } from "./work-out-forecast.ts";

/** Options of every command that publishes. */
export const publishOptions: Record<string, Option> = {
  yes: { type: "flag", says: "do not ask" },
  "allow-destructive": {
    type: "flag",
    says: "also when campaigns are archived and their runs end, or settings protect people less",
  },
  "allow-everyone": { type: "flag", says: "also when a rule reaches everyone" },
  note: { type: "text", value: "TEXT", says: "why, kept in the history of publications" },
};

type Applied = { revision: string; seq: number; changed: boolean };

/** Publishes a plan; answers the exit code. `from`: what the plan is made of, as the reader named it. */
export async function goLive(
  call: Call,
  client: Client,
  plan: PlanView & { from: string; note?: string },
): Promise<number> {
  const { args, output } = call;
  const isJson = args.flag("json");
  if (plan.active !== plan.base && !plan.isLive) throw moved(plan);
  if (!isJson)
    output.out(`${againstText(plan, plan.from, whereText(client, call.environment))}\n\n${diffText(plan)}\n`);
  if (plan.isLive) {
    if (isJson) output.out(jsonText({ plan: plan.id, revision: plan.draft, seq: plan.active, changed: false }));
    else if (!plan.sameRevision) output.out(`\nThis is live already, as publication ${plan.active}.\n`);
    return 0;
  }
  await checkAllowed(call, client, plan);
  if (!(await confirmed(call, `Publish this to ${whereText(client, call.environment)}?`))) {
    output.err("Nothing was published.\n");
    return 1;
  }
  const note = args.text("note") ?? plan.note;
  const applied = await client.post<Applied>(`/api/plans/${plan.id}/apply`, {
    allowDestructive: args.flag("allow-destructive"),
    allowEveryone: args.flag("allow-everyone"),
    by: userName(),
    ...(note !== undefined && { note }),
  });
  if (!isJson) output.out(`Published as publication ${applied.seq} (${applied.revision.slice(0, 8)}).\n`);
  const backfill = await followBackfill(call, client, applied.seq);
  if (isJson) output.out(jsonText({ plan: plan.id, ...applied, ...(backfill && { backfill }) }));
  return backfill?.state === "failed" ? 1 : 0;
}

function moved({ base, active }: PlanView): Fault {
  const message = `The plan was made against publication ${base}, but publication ${active} is live now: plan again, review what differs, and apply that.`;
  return new Fault("catalogue_moved", message, { retryable: false });
}

/** Archiving, protecting people less and reaching everyone must be meant. */
async function checkAllowed(call: Call, client: Client, plan: PlanView): Promise<void> {
  const { args, output } = call;
  const needsCount = plan.archives.length > 0 || plan.segments.length > 0;
  const counted = needsCount ? await workOutForecast(client, plan, { days: 0, output }) : undefined;
  const segments = counted === undefined ? [] : everyoneIsIn(plan, counted.forecast);
  const warnings = warningLines(plan, { segments, ...(counted && { runs: counted.runs }) });
  if (warnings.length > 0 && !args.flag("json")) output.out(`\n${warnings.join("\n")}\n`);
  if (plan.archives.length + plan.loosens.length > 0 && !args.flag("allow-destructive")) {
    const message = `${destructionText(plan, counted?.runs ?? {})} If that is meant, say --allow-destructive.`;
    throw new Fault("needs_allow_destructive", message, { retryable: false });
  }
  const everyone = [
    ...new Set([...plan.everyone.map(({ kind, id }) => `${kind} ${id}`), ...segments.map((id) => `segment ${id}`)]),
  ];
  if (everyone.length > 0 && !args.flag("allow-everyone")) {
    const message = `This reaches everyone: ${everyone.join(", ")}. If that is meant, say --allow-everyone.`;
    throw new Fault("needs_allow_everyone", message, { retryable: false });
  }
}

function destructionText({ archives, loosens }: PlanView, runs: Record<string, number>): string {
  const ending = archives.reduce((sum, id) => sum + (runs[id] ?? 0), 0);
  const paths = loosens.map(({ path }) => path);
  return [
    ...(archives.length > 0
      ? [`This archives ${archives.join(", ")}, and ${countText(ending, "live run")} would end.`]
      : []),
    ...(paths.length > 0 ? [`This protects people less than what is live: ${paths.join(", ")}.`] : []),
  ].join(" ");
}

function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

const LOOK_EVERY_MS = 250;
const AT_END: readonly string[] = ["done", "superseded", "failed"];

/** Shows how far the back-fill is until its end, or until Ctrl-C, which leaves it running. */
async function followBackfill(call: Call, client: Client, seq: number): Promise<JobView | undefined> {
  const { output, signal } = call;
  const path = `/api/jobs/${encodeURIComponent(`backfill#${seq}`)}`;
  const progress = progressOn(output);
  let isSettled = false;
  // Without a server it is done here.
  const settling = client.settle().finally(() => {
    isSettled = client.server === undefined;
  });
  // Its failure is told when it is waited for.
  settling.catch(() => undefined);
  for (;;) {
    const job = await jobAt(client, path);
    if (job === undefined || AT_END.includes(job.state) || isSettled) {
      await settling;
      const last = isSettled ? await jobAt(client, path) : job;
      if (last !== undefined) progress.end(endText(last));
      return last;
    }
    if (signal.aborted) {
      output.err(
        `\nThe back-fill goes on${client.server === undefined ? " here; press Ctrl-C again to leave it to the next start" : ""}. relance status shows how far it is.\n`,
      );
      return job;
    }
    const { done = 0, total = 0 } = job.counts;
    progress.show(() => `Back-fill ${barText(done, total)} ${countText(done, "profile")}`);
    await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function jobAt(client: Client, path: string): Promise<JobView | undefined> {
  try {
    return await client.get<JobView>(path);
  } catch (error) {
    if (error instanceof Fault && error.code === "not_found") return undefined;
    throw error;
  }
}

function endText({ state, counts, problem }: JobView): string {
  if (state === "failed") return `The back-fill failed: ${problem ?? "see the log"}`;
  if (state === "superseded") return "The back-fill goes on with that of a newer publication.";
  return `Back-fill done: ${countText(counts["done"] ?? 0, "profile")}.`;
}
