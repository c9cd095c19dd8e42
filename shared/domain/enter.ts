// Decides which campaigns an event lets a profile enter.
import { advance } from "./advance.ts";
import type { Campaign } from "./campaign.ts";
import type { Clause, Facts } from "./clause.ts";
import { propertyAt } from "./conditions/property.ts";
import { type Deciding, factsAt } from "./deciding.ts";
import type { Judgement } from "./effect.ts";
import { contentHash } from "./hash.ts";
import { MINUTE_MS } from "./instant.ts";
import { type Cause, type Run, runName } from "./run.ts";
import { textTrait } from "./trait.ts";
import { all, type Truth } from "./verdict.ts";

/** How long an entry waits, from when its event came, for facts that may still be under way (an identify behind it). */
export const SETTLE_MS = 2 * MINUTE_MS;

/** Judges every campaign that the cause triggers, and starts the runs. */
export function enterCampaigns(deciding: Deciding, cause: Cause): void {
  const facts = factsAt(deciding, cause.at, cause.properties);
  for (const campaign of deciding.catalogue.byTrigger.get(cause.type) ?? []) {
    const where = campaign.where === undefined || campaign.where.judge(facts, cause.at).is;
    if (where === true || (where === undefined && !campaign.whereIsOfEvent)) consider(deciding, campaign, cause);
  }
}

function consider(deciding: Deciding, campaign: Campaign, cause: Cause): void {
  const key = entryKey(campaign, cause);
  const refuse = (reason: NonNullable<Judgement["reason"]>) =>
    note(deciding, cause, { campaign: campaign.id, outcome: "not-entered", reason });
  if (key === undefined) {
    refuse("entry-key-missing");
    return;
  }
  const step = campaign.steps[0]?.id ?? "";
  const dueAt = deciding.now + SETTLE_MS;
  const run: Run = { campaign: campaign.id, key, revision: campaign.revision, cause, state: "settling", step, dueAt };
  const same = deciding.draft.runs.find((other) => runName(other) === runName(run));
  // A cause that may enter now takes the place of an earlier one that is still waiting for facts.
  const isFree =
    same === undefined || (same.state === "settling" && admission(deciding, campaign, run).verdict === "enter");
  if (isFree) judge(deciding, campaign, run);
  else refuse("already-entered");
}

type Admission = { verdict: "enter" } | { verdict: "settle" } | { verdict: "refuse"; clause: Clause; facts: Facts };

/** What an entry would come to now: its conditions at the instant of the cause, on what is known by now. */
function admission(deciding: Deciding, campaign: Campaign, run: Run): Admission {
  const { at, properties } = run.cause;
  const facts = factsAt(deciding, at, properties);
  const truth = (clause: Clause): Truth => clause.judge(facts, at).is;
  const entry = [campaign.where, campaign.audience].filter((clause) => clause !== undefined);
  const admitted = all(entry.map((clause) => clause.judge(facts, at))).is;
  const mayStillCome = admitted === undefined || (admitted && !isReachable(deciding, campaign));
  if (mayStillCome && deciding.now < run.dueAt) return { verdict: "settle" };
  if (admitted === true) return { verdict: "enter" };
  const outside = entry.find((clause) => truth(clause) === admitted) as Clause;
  return { verdict: "refuse", clause: decisive(outside, truth), facts };
}

/** Judges a run that is about to start; also called again while it is settling. */
export function judge(deciding: Deciding, campaign: Campaign, run: Run): void {
  const { draft } = deciding;
  draft.runs = draft.runs.filter((other) => runName(other) !== runName(run));
  const judgement = judgementOn(deciding, campaign, run);
  note(deciding, run.cause, judgement);
  if (judgement.outcome === "settling") draft.runs.push(run);
  if (judgement.outcome === "entered") start(deciding, campaign, run);
}

function judgementOn(deciding: Deciding, campaign: Campaign, run: Run): Judgement {
  const reason = barredBy(deciding, campaign, run);
  if (reason !== undefined) return { campaign: run.campaign, outcome: "not-entered", reason };
  const admitted = admission(deciding, campaign, run);
  if (admitted.verdict === "settle") return { campaign: run.campaign, outcome: "settling" };
  if (admitted.verdict === "enter") return { campaign: run.campaign, outcome: "entered" };
  const { clause, facts } = admitted;
  const found = clause.found(facts, run.cause.at);
  const refusal: Judgement = {
    campaign: run.campaign,
    outcome: "not-entered",
    reason: "audience",
    clause: clause.path,
  };
  return { ...refusal, ...(found !== undefined && { found }) };
}

function start(deciding: Deciding, campaign: Campaign, run: Run): void {
  const { draft, effects, now, taken } = deciding;
  draft.entries[campaign.id] = Math.max(run.cause.at, draft.entries[campaign.id] ?? 0);
  taken.add(runName(run));
  effects.push({ kind: "run-started", run, at: now });
  advance(deciding, campaign, run);
}

/** Whether what a send will need is known: an address, and for marketing a word about consent. */
function isReachable({ draft }: Deciding, campaign: Campaign): boolean {
  if (!campaign.steps.some((step) => "send" in step)) return true;
  const heard = campaign.purpose === "service" || draft.consents[campaign.purpose] !== undefined;
  return heard && textTrait(draft.traits, "email") !== undefined;
}

function entryKey(campaign: Campaign, cause: Cause): string | undefined {
  if (campaign.keyProperty !== undefined) {
    const value = propertyAt(cause.properties, campaign.keyProperty);
    return (typeof value === "string" && value !== "") || typeof value === "number"
      ? keyText(String(value))
      : undefined;
  }
  return campaign.reentry.kind === "never" ? "once" : keyText(`${cause.source}/${cause.id}`);
}

/** An order number stays readable; anything that might be long or personal becomes a hash, since it is part of table keys. */
function keyText(value: string): string {
  return /^[\w.:-]{1,64}$/.test(value) ? value : contentHash(value);
}

/** Asked again when a settling run is judged: another one of the campaign may have started meanwhile. */
function barredBy({ draft, taken }: Deciding, campaign: Campaign, run: Run): Judgement["reason"] {
  if (taken.has(runName(run))) return "already-entered";
  const lastAt = draft.entries[campaign.id];
  if (lastAt === undefined || campaign.reentry.kind === "always") return undefined;
  if (campaign.reentry.kind === "never") return "already-entered";
  return run.cause.at - lastAt < campaign.reentry.ms ? "reentry-too-soon" : undefined;
}

/** The innermost clause that made the whole what it is. */
export function decisive(clause: Clause, truth: (clause: Clause) => Truth): Clause {
  const is = truth(clause);
  const turned = clause.says === "none" || clause.says === "not";
  const wanted = turned && is !== undefined ? !is : is;
  const part = clause.parts.find((candidate) => truth(candidate) === wanted);
  return part === undefined ? clause : decisive(part, truth);
}

function note({ effects }: Deciding, cause: Cause, judgement: Judgement): void {
  effects.push({ kind: "judged", causeSk: cause.sk, judgement });
}
