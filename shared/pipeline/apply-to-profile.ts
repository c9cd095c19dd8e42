// Decides how inputs of one profile are committed: read, decide each, write all in one transaction; again when somebody
// else was quicker.
import type { Catalogue } from "../domain/catalogue.ts";
import { decide, type Input } from "../domain/decide.ts";
import { eventSk } from "../domain/deciding.ts";
import type { Event, Identity, InputProblem } from "../domain/event.ts";
import { shardOf } from "../domain/hash.ts";
import type { Instant } from "../domain/instant.ts";
import { newProfile, type Profile } from "../domain/profile.ts";
import { entryName } from "../domain/run.ts";
import type { Send } from "../domain/send.ts";
import { earliest } from "../domain/verdict.ts";
import { includeRevisions, loadCatalogue } from "./catalogue-store.ts";
import { completeCounters } from "./complete-counters.ts";
import type { DecidedAll, ProfileInput } from "./decided-inputs.ts";
import { Fault, TableLimitExceeded, TransactionCanceled } from "./faults.ts";
import type { Resolved } from "./identity.ts";
import { entryKey } from "./keys.ts";
import type { BusEntry, Ports } from "./ports.ts";
import { MAX_PROFILE_BYTES, profileItem } from "./records/profile-record.ts";
import { loadState, type State } from "./records/state.ts";
import { notificationsOf, type Part, partsOf } from "./transaction-parts.ts";

/**
 * Whose inputs: whoever the identity belongs to, or a known profile and no inputs: time alone (`wokenAt`: by the clock
 * that woke it, which may be a little ahead of ours), and an occurrence of a scheduled campaign where there is one. Jobs
 * touch profiles that nothing woke (`isTouched`): a wake-up that is still to come stays as it is.
 */
export type ProfileInputs =
  | { profileId: string; wokenAt: Instant; inputs: ProfileInput[]; isTouched?: true; occurrence?: Occurrence }
  | { identity: Identity; resolve: () => Promise<Resolved>; inputs: ProfileInput[] };

export type Occurrence = { campaign: string; at: Instant };

export type ProfileOutcome = {
  duplicates: Set<string>;
  rejected: Map<string, InputProblem[]>;
  sends: Send[];
  notifications: BusEntry[];
  /** Campaigns of the runs that started, each as often. */
  entered: string[];
};

/** `catalogue` is replaced when a profile turns out to have been decided under a newer one. */
export type Shell = { ports: Ports; catalogue: Catalogue };

/** What earlier tries have taught: message ids of duplicates, entries and sends that exist already. */
type Learned = { duplicates: Set<string>; taken: Map<string, Instant>; intended: Set<string> };

/** Most events of one profile in one transaction. */
const CHUNK = 20;
const MAX_WRITES = 100;
const MAX_TRIES = 10;
const PAUSE_MS = 4;
const MAX_WAKE_ROUNDS = 20;

export const newOutcome = (): ProfileOutcome => ({
  duplicates: new Set(),
  rejected: new Map(),
  sends: [],
  notifications: [],
  entered: [],
});

/**
 * Applies the inputs in order and adds to the outcome what was committed, also when it throws: a `Fault` when the profile
 * stays contended or the table is out of reach.
 */
export async function applyToProfile(shell: Shell, work: ProfileInputs, outcome: ProfileOutcome): Promise<void> {
  if (work.inputs.length === 0) await wake(shell, work, outcome);
  const inputs = withoutRepeats(work.inputs, outcome.duplicates);
  for (let start = 0; start < inputs.length; start += CHUNK) {
    await applyChunk(shell, { ...work, inputs: inputs.slice(start, start + CHUNK) }, outcome);
  }
}

/** Time alone: again while something is due that did not fit into one decision. */
async function wake(shell: Shell, work: ProfileInputs, outcome: ProfileOutcome): Promise<void> {
  const wokenAt = "wokenAt" in work ? work.wokenAt : 0;
  for (let round = 1; round <= MAX_WAKE_ROUNDS; round++) {
    const committed = await applyChunk(shell, work, outcome);
    // A decision that had no room for everything is due again at once.
    if (committed === undefined || (committed.wakeAt ?? Number.POSITIVE_INFINITY) > wokenAt) return;
  }
}

/** The same event twice in one batch is one event. */
function withoutRepeats(inputs: ProfileInput[], duplicates: Set<string>): ProfileInput[] {
  const seen = new Set<string>();
  return inputs.filter(({ messageId, event }) => {
    const name = event.declaredAt === undefined ? `${event.source}#${event.id}` : eventSk(event);
    if (seen.has(name)) duplicates.add(messageId);
    return !seen.has(name) && seen.add(name);
  });
}

/** Commits one chunk; returns what was committed, when there was something to write. */
async function applyChunk(shell: Shell, work: ProfileInputs, outcome: ProfileOutcome): Promise<Prepared | undefined> {
  const learned: Learned = { duplicates: outcome.duplicates, taken: new Map(), intended: new Set() };
  for (let attempt = 1; ; attempt++) {
    const prepared = await prepare(shell, work, learned);
    if (prepared === undefined) return undefined;
    if (prepared === "stale") {
      await renewCatalogue(shell, attempt);
      continue;
    }
    const tooBig = work.inputs.length > 0 ? whatIsTooBig(prepared) : undefined;
    if (tooBig !== undefined) return split(shell, work, { outcome, problem: tooBig });
    try {
      await shell.ports.table.transact(prepared.parts.map((part) => part.write));
      outcome.sends.push(...prepared.sends);
      outcome.notifications.push(...prepared.notifications);
      outcome.entered.push(...prepared.entered);
      return prepared;
    } catch (error) {
      const isLimit = error instanceof TableLimitExceeded && work.inputs.length > 0;
      if (isLimit)
        return split(shell, work, { outcome, problem: { code: error.code, path: "", message: error.message } });
      if (!(error instanceof TransactionCanceled) || attempt === MAX_TRIES) throw error;
      await learn(shell.ports, learned, { prepared, error });
      await pauseBefore(shell.ports, attempt + 1, prepared.profile.id);
    }
  }
}

/** Loads what is active now. */
async function renewCatalogue(shell: Shell, attempt: number): Promise<void> {
  if (attempt === MAX_TRIES) {
    throw new Fault("catalogue_stale", "A newer catalogue is active; the batch starts over with it.", {
      retryable: true,
    });
  }
  shell.catalogue = await loadCatalogue(shell.ports);
}

/** Writers that met once should not meet again: each waits a little longer, by an amount of its own. */
async function pauseBefore({ clock, ids }: Ports, attempt: number, profileId: string): Promise<void> {
  if (attempt <= 2) return;
  await clock.sleepUntil(clock.now() + shardOf(`${profileId}${ids.next()}`, PAUSE_MS * 2 ** attempt));
}

type Prepared = {
  profile: Profile;
  wakeAt: Instant | undefined;
  parts: Part[];
  sends: Send[];
  notifications: BusEntry[];
  entered: string[];
};

/**
 * Reads the profile and decides its inputs; `undefined` when there is nothing to write. A profile that was decided under a
 * newer catalogue makes ours stale: nothing may be written with it.
 */
async function prepare(shell: Shell, work: ProfileInputs, learned: Learned): Promise<Prepared | "stale" | undefined> {
  const { ports, catalogue } = shell;
  const inputs = work.inputs.filter(({ messageId }) => !learned.duplicates.has(messageId));
  if (work.inputs.length > 0 && inputs.length === 0) return undefined;
  const resolved = "resolve" in work ? await work.resolve() : undefined;
  const profileId = resolved?.profileId ?? (work as { profileId: string }).profileId;
  const stored = await loadState(ports, profileId);
  if (stored === undefined && inputs.length === 0) return undefined;
  if (stored !== undefined && stored.profile.foldedBy.seq > catalogue.seq) return "stale";
  const before = await upToDate(shell, stored ?? firstState(shell, profileId, { work, inputs }));
  await includeRevisions(
    ports,
    catalogue,
    before.profile.runs.map((run) => run.revision),
  );
  const decided = decideAll(shell, before.profile, {
    taken: learned.taken,
    ...("wokenAt" in work && work),
    inputs,
  });
  const isCompleted = before.profile.counters !== stored?.profile.counters;
  if (inputs.length === 0 && !isCompleted && changesNothing(before.profile, decided)) return undefined;
  const parts = await partsOf(ports, { before, decided, inputs, intended: learned.intended, taken: learned.taken });
  if (resolved?.isNew) parts.push({ kind: "identity", write: resolved.claim });
  const effects = decided.steps.flatMap((step) => step.effects);
  const sends = effects.flatMap((effect) =>
    effect.kind === "send-intended" && !learned.intended.has(effect.send.id) ? [effect.send] : [],
  );
  return {
    profile: decided.profile,
    wakeAt: decided.wakeAt,
    parts,
    sends,
    notifications: notificationsOf(profileId, effects, ports.clock.now()),
    entered: effects.flatMap((effect) => (effect.kind === "run-started" ? [effect.run.campaign] : [])),
  };
}

/** A wake-up that came early: nothing to write, not even the wake-up. */
function changesNothing(before: Profile, { profile, steps, wakeAt }: DecidedAll): boolean {
  const sameRuns = profile.runs.length === before.runs.length && profile.runs.every((run) => before.runs.includes(run));
  return sameRuns && wakeAt === before.wakeAt && steps.every(({ effects }) => effects.length === 0);
}

/** The state of a profile nobody has seen: for history its whole past is settled, else the past before its first event. */
function firstState(
  { ports, catalogue }: Shell,
  profileId: string,
  { work, inputs }: { work: ProfileInputs; inputs: ProfileInput[] },
): State {
  const first = inputs[0]?.event as Event;
  const settledAt = first.late ? ports.clock.now() : first.occurredAt;
  const profile = newProfile(profileId, settledAt, { counters: catalogue.countersHash, seq: catalogue.seq });
  if ("identity" in work) profile.identities = [`${work.identity.kind}:${work.identity.value}`];
  return { profile: { ...profile, createdAt: first.occurredAt }, versions: new Map() };
}

/** Completes a profile that was folded under another set of counters. */
async function upToDate({ ports, catalogue }: Shell, state: State): Promise<State> {
  if (state.profile.foldedBy.counters === catalogue.countersHash) return state;
  const profile = await completeCounters(ports, state.profile, catalogue);
  return { ...state, profile };
}

function decideAll(
  { ports, catalogue }: Shell,
  profile: Profile,
  given: {
    inputs: ProfileInput[];
    taken: ReadonlyMap<string, Instant>;
    wokenAt?: Instant;
    isTouched?: true;
    occurrence?: Occurrence;
  },
): DecidedAll {
  const taken = new Map(given.taken);
  const context = { catalogue, now: Math.max(ports.clock.now(), given.wokenAt ?? 0), taken };
  if (given.inputs.length === 0) {
    const input: Input =
      given.occurrence === undefined ? { kind: "wake" } : { kind: "occurrence", ...given.occurrence };
    const decided = decide(profile, input, context);
    const stillToCome = given.isTouched && (profile.wakeAt ?? 0) > context.now ? profile.wakeAt : undefined;
    const wakeAt = earliest([decided.wakeAt, stillToCome]);
    return { profile: decided.profile, wakeAt, steps: [{ effects: decided.effects }] };
  }
  const result: DecidedAll = { profile, wakeAt: undefined, steps: [] };
  for (const input of given.inputs) {
    const decided = decide(result.profile, { kind: "event", event: input.event }, context);
    for (const effect of decided.effects) {
      if (effect.kind === "run-started") taken.set(entryName(effect.run), effect.run.cause.at);
    }
    result.profile = decided.profile;
    result.wakeAt = decided.wakeAt;
    result.steps.push({ input, effects: decided.effects });
  }
  // A stored wake-up is a lower bound: it only moves earlier, and re-arms itself when it fires.
  result.wakeAt = earliest([result.wakeAt, profile.wakeAt]);
  return result;
}

function whatIsTooBig({ profile, parts }: Prepared): InputProblem | undefined {
  if (JSON.stringify(profileItem(profile)).length > MAX_PROFILE_BYTES) {
    return {
      code: "profile_too_large",
      path: "",
      message: `the profile would grow over ${MAX_PROFILE_BYTES / 1024} KB; send fewer traits and event types`,
    };
  }
  return parts.length > MAX_WRITES
    ? {
        code: "too_many_effects",
        path: "",
        message: `the event leads to ${parts.length} writes, and one transaction holds ${MAX_WRITES}; let fewer campaigns start by it`,
      }
    : undefined;
}

/** Does the events one by one; a single one that is still too big is rejected. */
async function split(
  shell: Shell,
  work: ProfileInputs,
  { outcome, problem }: { outcome: ProfileOutcome; problem: InputProblem },
): Promise<undefined> {
  const [only, ...others] = work.inputs;
  if (only === undefined) throw new TableLimitExceeded(problem.message);
  if (others.length === 0) outcome.rejected.set(only.messageId, [problem]);
  else for (const input of work.inputs) await applyChunk(shell, { ...work, inputs: [input] }, outcome);
}

/** Takes from a cancelled transaction what the next try must know; anything else is read anew by the next try. */
async function learn(
  { table }: Ports,
  learned: Learned,
  { prepared: { parts, profile }, error }: { prepared: Prepared; error: TransactionCanceled },
): Promise<void> {
  for (const [index, reason] of error.reasons.entries()) {
    const part = parts[index];
    if (reason !== "condition" || part === undefined) continue;
    if (part.kind === "event") learned.duplicates.add(part.messageId);
    else if (part.kind === "send") learned.intended.add(part.sendId);
    else if (part.kind === "entry") {
      const entry = await table.get(entryKey(profile.id, part.name));
      if (entry !== undefined) learned.taken.set(part.name, entry["enteredAt"] as Instant);
    }
  }
}
