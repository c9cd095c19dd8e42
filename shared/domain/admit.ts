// Decides whether an entry comes to anything: now, once more is known, or not at all, and then why not.
import { advance } from "./advance.ts";
import type { Campaign } from "./campaign.ts";
import { statusOf } from "./catalogue.ts";
import type { Clause, Facts } from "./clause.ts";
import { type Deciding, effect, factsAt, isFull, isLoop, OWN_SOURCE } from "./deciding.ts";
import type { EntryRefusal, Judgement } from "./effect.ts";
import { armOf } from "./holdout.ts";
import type { Instant } from "./instant.ts";
import { basisFor, isBasisOpen } from "./lawful-basis.ts";
import { type Cause, entryName, keyAgain, type Run, runName, SETTLE_MS } from "./run.ts";
import { countryOf, textTrait } from "./trait.ts";
import type { Truth } from "./verdict.ts";

/** Judges one entry; without a key it cannot be told from others. */
export function consider(
  deciding: Deciding,
  campaign: Campaign,
  entry: { cause: Cause; key: string | undefined },
): void {
  const { cause, key } = entry;
  if (key === undefined) {
    refuse(deciding, { campaign: campaign.id, cause }, { reason: "entry-key-missing" });
    return;
  }
  const run: Run = {
    campaign: campaign.id,
    key,
    revision: campaign.revision,
    cause,
    state: "settling",
    step: campaign.steps[0]?.id ?? "",
    since: cause.at,
    startedAt: deciding.present,
    dueAt: deciding.present + SETTLE_MS,
    arm: "treated",
  };
  const same = runOf(deciding, run);
  // A cause that may enter now takes the place of an earlier one that is still waiting for facts.
  const isFree =
    same === undefined || (same.state === "settling" && admission(deciding, campaign, run).verdict === "enter");
  if (isFree) judge(deciding, campaign, run);
  else refuse(deciding, run, { reason: "already-entered" });
}

/** The run of the same entry that the profile has already. */
function runOf({ draft }: Deciding, run: Run): Run | undefined {
  if (draft.runs.length === 0) return undefined;
  const name = entryName(run);
  return draft.runs.find((other) => entryName(other) === name);
}

/** Judges a run that is about to start; also called again while it is settling. */
export function judge(deciding: Deciding, campaign: Campaign, run: Run): void {
  const { draft } = deciding;
  if (draft.runs.length > 0) draft.runs = draft.runs.filter((other) => runName(other) !== runName(run));
  const reason = barredBy(deciding, campaign, run);
  if (reason !== undefined) {
    refuse(deciding, run, { reason });
    return;
  }
  const admitted = admission(deciding, campaign, run);
  const isLeft = admitted.verdict === "enter" && isFull(deciding);
  if (admitted.verdict === "settle" || isLeft) {
    note(deciding, run.cause, { campaign: run.campaign, outcome: "settling" });
    draft.runs = [...draft.runs, isLeft ? { ...run, dueAt: deciding.now } : run];
    deciding.items++;
  } else if (admitted.verdict === "enter") start(deciding, campaign, run);
  else refuse(deciding, run, { reason: "audience", outside: admitted });
}

type Outside = { clause: Clause; facts: Facts; at: Instant };
type Admission = { verdict: "enter" } | { verdict: "settle" } | ({ verdict: "refuse" } & Outside);

/**
 * What an entry would come to now: its conditions on what is known by now, at the instant of the cause; those of a
 * schedule at the instant of the decision, since a long list is worked through in a while. Only an event may run ahead of
 * the facts behind it.
 */
function admission(deciding: Deciding, campaign: Campaign, run: Run): Admission {
  const { on, audience } = campaign;
  const at = on.kind === "schedule" ? deciding.now : run.cause.at;
  const facts = factsAt(deciding, at, { properties: run.cause.properties });
  const where = on.kind === "segment" ? undefined : on.where;
  const first = where === undefined || where.holds(facts, at);
  const second = first === false || audience === undefined || audience.holds(facts, at);
  const admitted = first === false || second === false ? false : first && second;
  const isOpen =
    (first === undefined && !(on.kind === "event" && on.whereIsOfEvent)) ||
    (second === undefined && !campaign.audienceIsOfEvent) ||
    (admitted === true && !isReachable(deciding, campaign));
  const mayStillCome = on.kind === "event" && admitted !== false && isOpen;
  if (mayStillCome && deciding.present < run.dueAt) return { verdict: "settle" };
  if (admitted === true) return { verdict: "enter" };
  const outside = (first === admitted && where !== undefined ? where : audience) as Clause;
  return { verdict: "refuse", clause: decisive(outside, (clause) => clause.holds(facts, at)), facts, at };
}

function start(deciding: Deciding, campaign: Campaign, settled: Run): void {
  const { draft, now, present, taken, catalogue } = deciding;
  // What Relance tells itself is lived when it happens; only events from outside may have facts behind them under way.
  const startedAt = settled.cause.source === OWN_SOURCE ? now : present;
  const arm = armOf(draft.id, campaign, catalogue.settings.holdout);
  const key = taken.has(entryName(settled)) ? keyAgain(settled.key, settled.cause.at) : settled.key;
  const { at, properties } = settled.cause;
  const facts = factsAt(deciding, at, { properties, enteredAt: at });
  const hadGoal = campaign.goal?.clause.holds(facts, at) === true;
  const run: Run = { ...settled, key, arm, startedAt, ...(hadGoal && { hadGoal }) };
  draft.entries[campaign.id] = Math.max(run.cause.at, draft.entries[campaign.id] ?? 0);
  taken.set(entryName(run), run.cause.at);
  note(deciding, run.cause, { campaign: run.campaign, outcome: "entered", ...(arm !== "treated" && { arm }) });
  effect(deciding, { kind: "run-started", run, at: present });
  advance(deciding, campaign, { run, to: run.step, at: run.cause.at });
}

/** Whether what a send will need is known: an address, and whether marketing is lawful. */
function isReachable(deciding: Deciding, campaign: Campaign): boolean {
  if (!campaign.steps.some((step) => step.kind === "send")) return true;
  return isLawKnown(deciding, campaign) && textTrait(deciding.draft.traits, "email") !== undefined;
}

/** Where mail needs no word on consent none is waited for, but for the country, where that may change it. */
function isLawKnown({ draft, catalogue: { settings } }: Deciding, { purpose }: Campaign): boolean {
  if (purpose === "service" || draft.consents[purpose] !== undefined) return true;
  const country = countryOf(draft.traits);
  return basisFor(settings, purpose, country) === "legitimate-interest" && !isBasisOpen(settings, purpose, country);
}

/** Asked again when a settling run is judged: another one of the campaign may have started meanwhile. */
function barredBy(deciding: Deciding, campaign: Campaign, run: Run): EntryRefusal | undefined {
  const { draft, taken, catalogue, present } = deciding;
  if (isLoop(run.cause, run.campaign)) return "loop";
  const status = statusOf(catalogue, campaign.id);
  if (status !== "live") return status;
  if (campaign.on.kind !== "event" && present - run.cause.at >= campaign.sendBeforeMs) return "expired";
  const takenAt = taken.size === 0 ? undefined : taken.get(entryName(run));
  // With a key of its own an entry is held against those of the same key, else against all of the campaign.
  const isKeyed = campaign.on.kind === "event" && campaign.on.keyProperty !== undefined;
  if (!isKeyed && takenAt !== undefined) return "already-entered";
  return barredSince(isKeyed ? takenAt : draft.entries[campaign.id], campaign, run.cause.at);
}

function barredSince(lastAt: Instant | undefined, campaign: Campaign, at: Instant): EntryRefusal | undefined {
  const { on, reentry } = campaign;
  if (lastAt === undefined) return undefined;
  // Occurrences and memberships come one after the other: one that is not later than the last is the same again.
  if (reentry.kind === "never" || (on.kind !== "event" && at <= lastAt)) return "already-entered";
  return reentry.kind === "after" && at - lastAt < reentry.ms ? "reentry-too-soon" : undefined;
}

/** The innermost clause that made the whole what it is. */
export function decisive(clause: Clause, truth: (clause: Clause) => Truth): Clause {
  const is = truth(clause);
  const wanted = clause.turns && is !== undefined ? !is : is;
  const part = clause.parts.find((candidate) => truth(candidate) === wanted);
  return part === undefined ? clause : decisive(part, truth);
}

/** Notes why an entry comes to nothing. */
export function refuse(
  deciding: Deciding,
  { campaign, cause }: Pick<Run, "campaign" | "cause">,
  { reason, outside }: { reason: EntryRefusal; outside?: Outside },
): void {
  const judgement: Judgement = { campaign, outcome: "not-entered", reason };
  if (outside !== undefined) {
    const { clause, facts, at } = outside;
    const found = clause.found(facts, at);
    judgement.clause = clause.path;
    if (found !== undefined) judgement.found = found;
  }
  note(deciding, cause, judgement);
}

function note(deciding: Deciding, cause: Cause, judgement: Judgement): void {
  effect(deciding, { kind: "judged", causeSk: cause.sk, judgement });
}
