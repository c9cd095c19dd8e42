// Decides whether an intent is as its campaign says: who gets it, how urgent it is, until when it is worth sending, and that
// nobody was judged before the facts behind an event had their time.
import { bucketOf } from "../../../shared/domain/bucket.ts";
import type { Item } from "../../../shared/pipeline/ports.ts";
import type { SendSeen } from "../model.ts";
import { basisOf, type CampaignRules, durationMs, inForce, type StepRules } from "../rules.ts";
import type { World } from "../stage.ts";
import { traitsOf } from "./may.ts";
import { storedNow, textOf } from "./past.ts";

const SETTLE_MS = 2 * 60_000;
/** Clocks of two workers may differ by this. */
const SKEW_MS = 95_000;
const LATE_MS = 72 * 3_600_000;

const nameOf = (send: SendSeen) => `${send.campaign}/${send.step} ${send.id.slice(0, 6)}`;

export function checkIntended(world: World, send: SendSeen): void {
  const campaign = world.rules.campaigns.get(send.revision);
  const cause = world.observer.events.get(`PROFILE#${send.profileId} ${send.causeSk}`)?.item;
  if (campaign === undefined || cause === undefined) return;
  const wrong = [
    ...[wrongTrigger(campaign, cause), wrongPurpose(campaign, send), wrongTime(world, send, campaign)],
    ...[wrongArm(world, send), unsettled(world, send, { campaign, cause })],
  ];
  for (const why of wrong) if (why !== undefined) world.violation("intent", `${nameOf(send)}: ${why}`);
}

function wrongTrigger({ on }: CampaignRules, cause: Item): string | undefined {
  const type = on.event ?? (on.entered === undefined ? "nothing" : "segment.entered");
  if (cause["type"] !== type) return `it waits for ${type}, and ${String(cause["type"])} led to it`;
  const segment = (cause["properties"] as { segment?: string }).segment;
  return on.entered === undefined || on.entered === segment ? undefined : `it waits for ${on.entered}, not ${segment}`;
}

function wrongPurpose(
  { purpose = "marketing", priority = "normal" }: CampaignRules,
  send: SendSeen,
): string | undefined {
  if (send.purpose !== purpose) return `its campaign is ${purpose}, and it is ${send.purpose}`;
  return send.priority === priority ? undefined : `its campaign is of priority ${priority}, and it is ${send.priority}`;
}

/** When a step is reached: all waits before it are over. */
function reachedAt(causeAt: number, steps: readonly StepRules[], step: string): number {
  let at = causeAt;
  for (const { id, wait } of steps) {
    if (id === step) return at;
    if (wait !== undefined) at += durationMs(typeof wait === "string" ? wait : wait.timeout);
  }
  return at;
}

function wrongTime(
  world: World,
  send: SendSeen,
  { steps, sendBefore = "72 hours" }: CampaignRules,
): string | undefined {
  const { expiresAt, causeAt, intendedAt, step } = send;
  const expected = reachedAt(causeAt, steps, step) + durationMs(sendBefore);
  if (expiresAt !== expected) return `it expires at ${expiresAt}, not at ${expected}`;
  const ms = intendedAt - world.scheduler.now;
  if (Math.abs(ms) > SKEW_MS) return `it was intended ${ms} ms from now`;
  const early = reachedAt(causeAt, steps, step) - intendedAt;
  return early <= 0 ? undefined : `it was intended ${early} ms before its step was reached`;
}

function wrongArm(world: World, { profileId, campaign, purpose, arm }: SendSeen): string | undefined {
  const possible = world.observer.publications.flatMap(({ revision }) => {
    const rules = world.rules.byRevision.get(revision);
    const own = rules?.campaigns.get(campaign);
    if (rules === undefined || own === undefined) return [];
    if (purpose === "service") return ["treated"];
    if (bucketOf(profileId, "holdout") < (rules.settings.holdout ?? 0)) return ["global-holdout"];
    return [bucketOf(profileId, `holdout ${campaign}`) < (own.holdout ?? 0) ? "holdout" : "treated"];
  });
  return possible.includes(arm) ? undefined : `its arm is ${arm}, not ${possible.join(" or ")}`;
}

/** Who cannot be reached as far as is known is judged when the facts behind the event had their time. */
function unsettled(
  world: World,
  send: SendSeen,
  { campaign, cause }: { campaign: CampaignRules; cause: Item },
): string | undefined {
  if (campaign.on.event === undefined || campaign.steps[0]?.id !== send.step || cause["source"] === "relance")
    return undefined;
  const pk = `PROFILE#${send.profileId}`;
  const traits = traitsOf(storedNow(world, pk, "STATE#PROFILE"));
  const isLawful = inForce(world.observer, world.rules, world.scheduler.now).some(
    ({ settings }) => basisOf(settings, "marketing", textOf(traits, "country")?.toUpperCase()) !== "consent",
  );
  const hasWord =
    send.purpose === "service" || isLawful || storedNow(world, pk, "STATE#CONSENT#marketing") !== undefined;
  const email = traits?.["email"]?.[0];
  if (hasWord && typeof email === "string" && email !== "") return undefined;
  const waited = send.intendedAt - (cause["receivedAt"] as number);
  return waited >= SETTLE_MS - SKEW_MS / 2
    ? undefined
    : `nothing was known of the person, and it waited ${waited} ms only`;
}

/** Whether an event is history is said by who told it, or by how long it was under way. */
export function checkLate(world: World, item: Item): void {
  if (item["source"] === "relance") return;
  const id = String(item["id"]);
  const isImported = id.startsWith("old-");
  const underWay = (item["receivedAt"] as number) - (item["occurredAt"] as number);
  if (item["late"] !== (isImported || underWay > LATE_MS))
    world.violation(
      "I11",
      `the event ${id} is ${item["late"] === true ? "" : "not "}late: imported ${isImported}, ${underWay} ms under way`,
    );
}

/** Whether all rules that were ever active say the same about a campaign. */
export function steadyRules(world: World, campaign: string): CampaignRules | undefined {
  const bodies = world.observer.publications.map(({ revision }) =>
    world.rules.byRevision.get(revision)?.campaigns.get(campaign),
  );
  const [first] = bodies;
  const said = JSON.stringify(first);
  return bodies.every((body) => JSON.stringify(body) === said) ? first : undefined;
}
