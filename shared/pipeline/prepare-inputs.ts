// Decides what a chunk of inputs of one profile comes to: reads the profile, has it decide, and lists what is to be written.
import type { Catalogue } from "../domain/catalogue.ts";
import { withoutDroppedTraits } from "../domain/drop-traits.ts";
import type { Event, Identity } from "../domain/event.ts";
import type { Instant } from "../domain/instant.ts";
import { newProfile, type Profile } from "../domain/profile.ts";
import type { Occurrence } from "../domain/replay.ts";
import type { Send } from "../domain/send.ts";
import { withUrgentSends } from "../domain/urgent-sends.ts";
import { includeRevisions } from "./catalogue-store.ts";
import { completeCounters } from "./complete-counters.ts";
import { consentFacts } from "./consent-news.ts";
import { type DecidedAll, decideEvents, decideTime, type ProfileInput } from "./decided-inputs.ts";
import { whoseInputs } from "./erasure/erased-inputs.ts";
import type { Resolved } from "./identity.ts";
import type { BusEntry, Ports } from "./ports.ts";
import type { State } from "./records/state.ts";
import type { OwnFact } from "./tell.ts";
import { notificationsOf, type Part, partsOf } from "./transaction-parts.ts";

/**
 * Whose inputs: whoever the identity belongs to, or a known profile and no inputs: time alone (`wokenAt`: by the clock
 * that woke it, which may be a little ahead of ours), and an occurrence of a scheduled campaign where there is one. Jobs
 * touch profiles that nothing woke (`isTouched`): a wake-up that is still to come stays as it is.
 */
export type ProfileInputs =
  | { profileId: string; wokenAt: Instant; inputs: ProfileInput[]; isTouched?: true; occurrence?: Occurrence }
  | { identity: Identity; resolve: () => Promise<Resolved>; inputs: ProfileInput[] };

/** `catalogue` is replaced when a profile turns out to have been decided under a newer one. */
export type Shell = { ports: Ports; catalogue: Catalogue };

/** What earlier tries have taught: message ids of duplicates and of facts of the erased, entries and sends that exist already. */
export type Learned = {
  duplicates: Set<string>;
  erased: Set<string>;
  taken: Map<string, Instant>;
  intended: Set<string>;
};

/** What is to be committed, and what is told when it is. */
export type Prepared = {
  profile: Profile;
  wakeAt: Instant | undefined;
  parts: Part[];
  sends: Send[];
  notifications: BusEntry[];
  told: OwnFact[];
  entered: string[];
};

/**
 * Reads the profile and decides its inputs; `undefined` when there is nothing to write. A profile that was decided under a
 * newer catalogue makes ours stale: nothing may be written with it. One of which too much is due must be woken first.
 */
export async function prepare(
  shell: Shell,
  work: ProfileInputs,
  learned: Learned,
): Promise<Prepared | "stale" | "overdue" | undefined> {
  const { ports, catalogue } = shell;
  const fresh = work.inputs.filter(({ messageId }) => !learned.duplicates.has(messageId));
  if (work.inputs.length > 0 && fresh.length === 0) return undefined;
  const { profileId, stored, claim, inputs, addresses } = await whoseInputs(shell, work, { ...learned, inputs: fresh });
  if (work.inputs.length > 0 && inputs.length === 0) return undefined;
  const isOfNobody = inputs.length === 0 || ("identity" in work && work.identity.kind === "profile");
  if (stored === undefined && isOfNobody) return undefined;
  if (stored !== undefined && stored.profile.foldedBy.seq > catalogue.seq) return "stale";
  const before = await upToDate(shell, stored ?? firstState(shell, profileId, { work, inputs }));
  await includeRevisions(
    ports,
    catalogue,
    before.profile.runs.map((run) => run.revision),
  );
  const wokenAt = "wokenAt" in work ? work.wokenAt : 0;
  // A clock that went back since the events were received must not decide them as if they were still to come.
  const receivedAt = inputs.map(({ event }) => event.receivedAt);
  const now = Math.max(ports.clock.now(), wokenAt, ...receivedAt);
  const context = { catalogue, now, taken: learned.taken };
  const decided =
    inputs.length > 0
      ? decideEvents(before.profile, inputs, context)
      : decideTime(before.profile, "wokenAt" in work ? work : {}, context);
  if (decided === undefined) return "overdue";
  const isRenewed = before.profile !== stored?.profile;
  if (inputs.length === 0 && !isRenewed && changesNothing(before.profile, decided)) return undefined;
  const effects = decided.steps.flatMap((step) => step.effects);
  decided.profile = withUrgentSends(decided.profile, effects, { campaigns: catalogue.campaigns, now });
  const { intended, taken } = learned;
  const parts = await partsOf(ports, { before, decided, inputs, intended, taken, addresses });
  if (claim !== undefined) parts.push({ kind: "identity", write: claim });
  const sends = effects.flatMap((effect) =>
    effect.kind === "send-intended" && !learned.intended.has(effect.send.id) ? [effect.send] : [],
  );
  return {
    profile: decided.profile,
    wakeAt: decided.wakeAt,
    parts,
    sends,
    notifications: notificationsOf(profileId, effects, ports.clock.now()),
    told: consentFacts(profileId, effects),
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
  const known = { createdAt: first.occurredAt, firstHeardAt: ports.clock.now() };
  return { profile: { ...profile, ...known }, versions: new Map() };
}

/** Completes a profile that was folded under another set of counters, and forgets traits that are dropped by now. */
async function upToDate({ ports, catalogue }: Shell, state: State): Promise<State> {
  const kept = withoutDroppedTraits(state.profile, catalogue);
  const isCounted = kept.foldedBy.counters === catalogue.countersHash;
  const profile = isCounted ? kept : await completeCounters(ports, kept, catalogue);
  return profile === state.profile ? state : { ...state, profile };
}
