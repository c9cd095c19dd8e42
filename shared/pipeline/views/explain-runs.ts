// Decides how a person's way through a campaign is told: runs under way, ended ones, and whether a new entry would be barred.
import type { Campaign } from "../../domain/campaign.ts";
import { factsAt } from "../../domain/deciding.ts";
import { placeOf } from "../../domain/definition.ts";
import type { EntryRefusal } from "../../domain/effect.ts";
import { type ClauseView, explainClause } from "../../domain/explain.ts";
import { reentryText, waitText } from "../../domain/in-words.ts";
import { type Instant, iso } from "../../domain/instant.ts";
import type { Run } from "../../domain/run.ts";
import { readEntry } from "../records/entry-record.ts";
import type { Story } from "./explain-story.ts";

/** A run as it stands. `endsBy`: what would end it before its last step, judged now. */
export type RunView = {
  key: string;
  enteredAt: string;
  arm: Run["arm"];
  splits?: Run["splits"];
  state: Run["state"];
  step: string;
  /** Where the step is written, in the revision that the run keeps. */
  at: string;
  since: string;
  dueAt: string;
  waitsFor: string;
  /** Only when the campaign was changed since the run was entered. */
  revision?: string;
  endsBy?: { goal?: ClauseView; goalUntil?: string; exitWhen?: ClauseView };
};

/** Every run of the campaign that is under way, in the order of entry. */
export function runViews(story: Story, campaign: Campaign): RunView[] {
  const own = story.profile.runs.filter((run) => run.campaign === campaign.id);
  return own.toSorted((a, b) => a.cause.at - b.cause.at).map((run) => runView(story, campaign, run));
}

function runView(story: Story, current: Campaign, run: Run): RunView {
  const campaign = story.catalogue.byRevision.get(run.revision) ?? current;
  const step = campaign.stepById.get(run.step);
  const { key, arm, splits, state, since, dueAt, cause } = run;
  const endsBy = state === "settling" ? {} : endings(story, campaign, run);
  return {
    key,
    enteredAt: iso(cause.at),
    arm,
    ...(splits && { splits }),
    state,
    step: run.step,
    at: placeOf(campaign.definition, step?.path ?? "steps"),
    since: iso(since),
    dueAt: iso(dueAt),
    waitsFor: waitsFor(run, campaign),
    ...(run.revision !== current.revision && { revision: run.revision }),
    ...(Object.keys(endsBy).length > 0 && { endsBy }),
  };
}

function waitsFor({ state, step: id, dueAt }: Run, campaign: Campaign): string {
  if (state === "settling") return `facts that may still be under way, until ${iso(dueAt)}`;
  if (state === "held") return "the campaign to go on: it is paused, and the wait is over";
  const step = campaign.stepById.get(id);
  return step?.kind === "wait" ? waitText(step.wait, dueAt) : `its turn, at ${iso(dueAt)}`;
}

function endings({ profile, catalogue, at }: Story, campaign: Campaign, { cause }: Run): RunView["endsBy"] & object {
  const { goal, exitWhen, definition } = campaign;
  const facts = factsAt({ draft: profile, catalogue }, at, { properties: cause.properties, enteredAt: cause.at });
  const explaining = { facts, at, definition };
  return {
    ...(goal && { goal: explainClause(goal.clause, explaining) }),
    ...(goal?.withinMs !== undefined && { goalUntil: iso(cause.at + goal.withinMs) }),
    ...(exitWhen && { exitWhen: explainClause(exitWhen, explaining) }),
  };
}

/** One entry as it was recorded, with the revision it keeps; `ended` is the reason. */
export type EntryView = ReturnType<typeof readEntry> & { revision: string };

/** Every recorded entry into the campaign, oldest first. */
export function entryViews({ entries }: Story, campaign: string): EntryView[] {
  const own = entries.filter((entry) => entry["campaign"] === campaign);
  return own.map((entry) => ({ ...readEntry(entry), revision: entry["revision"] as string }));
}

/** Whether one may enter (again). `barred`: what a new entry (with a key of its own, where there is one) would be refused for. */
export type ReentryView = {
  says: string;
  at: string;
  keyProperty?: string;
  lastEnteredAt?: string;
  barred?: { reason: EntryRefusal; until?: string };
};

export function reentryView({ profile, at }: Story, campaign: Campaign): ReentryView {
  const { reentry, on, definition } = campaign;
  const lastAt = profile.entries[campaign.id];
  const keyProperty = on.kind === "event" ? on.keyProperty : undefined;
  const barred = lastAt === undefined || keyProperty !== undefined ? undefined : barredBy(campaign, lastAt, at);
  const perKey = keyProperty === undefined ? "" : `, for each ${keyProperty} by itself`;
  return {
    says: `${reentryText(reentry)}${definition.body["reentry"] === undefined ? " (by default)" : ""}${perKey}`,
    at: placeOf(definition, "reentry"),
    ...(keyProperty !== undefined && { keyProperty }),
    ...(lastAt !== undefined && { lastEnteredAt: iso(lastAt) }),
    ...(barred && { barred }),
  };
}

function barredBy({ reentry }: Campaign, lastAt: Instant, at: Instant): ReentryView["barred"] {
  if (reentry.kind === "always") return undefined;
  if (reentry.kind === "never") return { reason: "already-entered" };
  const until = lastAt + reentry.ms;
  return at < until ? { reason: "reentry-too-soon", until: iso(until) } : undefined;
}
