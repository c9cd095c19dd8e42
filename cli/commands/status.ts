// Decides how the state of the shop's machinery is shown: what is live since when, which jobs run, what is stopped, what waits.
import type { AccountView } from "../../shared/pipeline/views/account.ts";
import type { JobView } from "../../shared/pipeline/views/jobs.ts";
import type { campaignsView } from "../../shared/pipeline/views/lists.ts";
import type { PublicationView } from "../../shared/pipeline/views/publications.ts";
import { accountText } from "../account-text.ts";
import { listOf, withClient } from "../client.ts";
import type { Call, Command } from "../command.ts";
import { countText, jsonText, tableText, timeText } from "../output.ts";
import { barText } from "../progress.ts";

type CampaignView = Awaited<ReturnType<typeof campaignsView>>["items"][number];

const MOST_PUBLICATIONS = 10;
const MOST_JOBS = 20;

export const command: Command = {
  name: "status",
  says: "Show what is live since when and by whom, jobs with their progress, what is stopped and how to go on, the provider's quota, when all mails will be out.",
  positionals: [],
  options: {},
  examples: [["status", "what is live, what is being worked on, what is stopped and what to do about it"]],
  run,
};

async function run({ args, environment, output }: Call): Promise<number> {
  const status = await withClient(environment, async (client) => {
    const { active, history } = await client.get<PublicationView>("/api/catalogue");
    const { items: jobs } = await listOf<JobView>(client, "/api/jobs", { most: MOST_JOBS });
    const { items } = await client.get<{ items: CampaignView[] }>("/api/campaigns");
    const paused = items.filter((campaign) => campaign.status === "paused").map(({ id, title }) => ({ id, title }));
    const account = await client.get<AccountView>("/api/account");
    return { ...(active && { active }), history: history.slice(0, MOST_PUBLICATIONS), jobs, paused, account };
  });
  output.out(args.flag("json") ? jsonText(status) : `${statusText(status)}\n`);
  return 0;
}

type Status = PublicationView & { jobs: JobView[]; paused: { id: string; title: string }[]; account: AccountView };

function statusText({ active, history, jobs, paused, account }: Status): string {
  const live = history.find(({ seq }) => seq === active?.seq);
  const about = [live?.by === undefined ? "" : ` by ${live.by}`, live?.note === undefined ? "" : `: ${live.note}`].join(
    "",
  );
  return [
    active === undefined
      ? "Nothing is published yet."
      : `Live: publication ${active.seq} (${active.revision.slice(0, 8)}) since ${timeText(active.publishedAt)}${about}`,
    "",
    "Publications",
    tableText(
      history.map(({ seq, revision, publishedAt, by = "", note = "" }) => [
        seq,
        revision.slice(0, 8),
        timeText(publishedAt),
        by,
        note,
      ]),
    ),
    "",
    "Jobs",
    tableText(jobs.map(jobRow)),
    "",
    accountText(account, paused),
  ].join("\n");
}

const stateWords: Partial<Record<JobView["state"], string>> = { superseded: "overtaken" };

function jobRow({ id, kind, state, counts, dueAt, finishedAt, problem }: JobView): string[] {
  const { done = 0, total } = counts;
  const unit = kind === "release" ? "mail" : "profile";
  const progress = state === "running" && total !== undefined ? barText(done, total) : countText(done, unit);
  const when =
    state === "waiting" && dueAt !== undefined
      ? `next ${timeText(dueAt)}`
      : finishedAt === undefined
        ? ""
        : `finished ${timeText(finishedAt)}`;
  return [id, stateWords[state] ?? state, state === "waiting" ? "" : progress, when, problem ?? ""];
}
