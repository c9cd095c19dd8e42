// Decides how inputs of one profile are committed: read, decide each, write all in one transaction; again when somebody
// else was quicker.
import { eventSk } from "../domain/deciding.ts";
import type { InputProblem } from "../domain/event.ts";
import type { Instant } from "../domain/instant.ts";
import type { Send } from "../domain/send.ts";
import { loadCatalogue } from "./catalogue-store.ts";
import type { ProfileInput } from "./decided-inputs.ts";
import { Fault, TableLimitExceeded, TransactionCanceled } from "./faults.ts";
import { entryKey } from "./keys.ts";
import { pauseBefore } from "./pause-before.ts";
import type { BusEntry, Ports } from "./ports.ts";
import { type Learned, type Prepared, type ProfileInputs, prepare, type Shell } from "./prepare-inputs.ts";
import { MAX_PROFILE_BYTES, profileItem } from "./records/profile-record.ts";
import type { OwnFact } from "./tell.ts";

export type ProfileOutcome = {
  duplicates: Set<string>;
  /** Message ids of facts about somebody who was erased: they are dropped. */
  erased: Set<string>;
  rejected: Map<string, InputProblem[]>;
  sends: Send[];
  notifications: BusEntry[];
  told: OwnFact[];
  /** Campaigns of the runs that started, each as often. */
  entered: string[];
};

/** Most events of one profile in one transaction. */
const CHUNK = 20;
const MAX_WRITES = 100;
const MAX_TRIES = 10;
const MAX_WAKE_ROUNDS = 20;

export const newOutcome = (): ProfileOutcome => ({
  duplicates: new Set(),
  erased: new Set(),
  rejected: new Map(),
  sends: [],
  notifications: [],
  told: [],
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
  const { duplicates, erased } = outcome;
  const learned: Learned = { duplicates, erased, taken: new Map(), intended: new Set() };
  for (let attempt = 1; ; attempt++) {
    const prepared = await prepare(shell, work, learned);
    if (prepared === undefined) return undefined;
    if (prepared === "stale" || prepared === "overdue") {
      if (prepared === "stale") await renewCatalogue(shell, attempt);
      else await catchUp(shell, work, { outcome, attempt });
      continue;
    }
    const tooBig = work.inputs.length > 0 ? whatIsTooBig(prepared) : undefined;
    if (tooBig !== undefined) return split(shell, work, { outcome, problem: tooBig });
    try {
      await shell.ports.table.transact(prepared.parts.map((part) => part.write));
      outcome.sends.push(...prepared.sends);
      outcome.notifications.push(...prepared.notifications);
      outcome.told.push(...prepared.told);
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

/** Has what was due before the events decided first, in decisions of its own. */
async function catchUp(
  shell: Shell,
  work: ProfileInputs,
  { outcome, attempt }: { outcome: ProfileOutcome; attempt: number },
): Promise<void> {
  const profileId = "resolve" in work ? (await work.resolve()).profileId : work.profileId;
  if (attempt === MAX_TRIES)
    throw new Fault("profile_overdue", "More was due than could be caught up with; the events come again.", {
      retryable: true,
    });
  await wake(shell, { profileId, wokenAt: shell.ports.clock.now(), inputs: [] }, outcome);
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
