// Decides which scheduled campaigns have a job, and when each comes round.
import type { Campaign, ScheduleTrigger } from "../../domain/campaign.ts";
import type { Catalogue } from "../../domain/catalogue.ts";
import type { Instant } from "../../domain/instant.ts";
import { nextOccurrence } from "../../domain/schedule.ts";
import { campaignsEver } from "../catalogue-store.ts";
import type { Ports } from "../ports.ts";
import { changeJob, type Job, newJob, waiting } from "./job-record.ts";

/** `schedule`: what the occurrence was reckoned from, so that a changed one is noticed. */
export type BroadcastParams = { campaign: string; schedule: string; occurrenceAt: Instant };

type Scheduled = Campaign & { on: ScheduleTrigger };

/** Whether a campaign comes round by a schedule; a paused one does, and nobody enters. */
export function isScheduled(campaign: Campaign | undefined): campaign is Scheduled {
  return campaign?.on.kind === "schedule" && campaign.status !== "archived";
}

/** What the job of a campaign waits for after an instant; `undefined` when its schedule is over. */
export function paramsAfter(catalogue: Catalogue, { id, on }: Scheduled, after: Instant): BroadcastParams | undefined {
  const zone = catalogue.settings.timezone.default;
  const occurrenceAt = nextOccurrence(on.schedule, after, zone);
  return occurrenceAt === undefined
    ? undefined
    : { campaign: id, schedule: JSON.stringify([on.schedule, zone]), occurrenceAt };
}

/**
 * Makes the jobs match the catalogue that was published at an instant: new and changed schedules wait for their first
 * occurrence since then, jobs of campaigns that are gone or archived go. An occurrence under way is left to end.
 */
export async function armSchedules(
  ports: Pick<Ports, "table" | "clock" | "ids">,
  catalogue: Catalogue,
  at: Instant,
): Promise<void> {
  for (const id of await campaignsEver(ports)) {
    const campaign = catalogue.campaigns.get(id);
    await changeJob(ports, `schedule#${id}`, (job) =>
      isScheduled(campaign) ? armed(job, { catalogue, campaign, at }) : undefined,
    );
  }
}

function armed(
  job: Job | undefined,
  { catalogue, campaign, at }: { catalogue: Catalogue; campaign: Scheduled; at: Instant },
): Job | undefined {
  const params = paramsAfter(catalogue, campaign, at);
  const zone = catalogue.settings.timezone.default;
  const isSame = job?.params["schedule"] === JSON.stringify([campaign.on.schedule, zone]);
  if (job?.state === "running" || (isSame && job?.state !== "failed")) return job;
  if (params === undefined) return undefined;
  const known =
    job ??
    newJob(
      { id: `schedule#${campaign.id}`, kind: "broadcast", params },
      { createdAt: at, startsAt: params.occurrenceAt },
    );
  return { ...waiting(known, params.occurrenceAt), params };
}
