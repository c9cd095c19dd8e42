// Decides how a batch of facts and wake-ups becomes state, sends and notifications: read once, decide, one transaction
// per profile, then the fast path.
import type { InputProblem } from "../domain/event.ts";
import type { Json } from "../domain/json.ts";
import { announce } from "./announce.ts";
import { applyToProfile, newOutcome, type ProfileOutcome } from "./apply-to-profile.ts";
import { loadCatalogue } from "./catalogue-store.ts";
import { Fault, TableLimitExceeded } from "./faults.ts";
import { type Group, groupByProfile, type Message } from "./group-by-profile.ts";
import { inParallel } from "./in-parallel.ts";
import type { Ports } from "./ports.ts";

/** What became of each message; `retry` are those to be delivered again. Wake-ups have no outcome. */
export type Applied = { retry: string[]; outcomes: Map<string, MessageOutcome> };
export type MessageOutcome = "applied" | "duplicate" | { rejected: InputProblem[] };

const PARALLEL_PROFILES = 10;

/** Reacts to a batch. Invalid messages go to the rejected queue with a reason; returns the ids to be delivered again. */
export async function react(ports: Ports, messages: Message[]): Promise<string[]> {
  const applied = await applyMessages(ports, messages);
  await putAside(ports, messages, applied);
  return applied.retry;
}

/** Applies a batch and says what became of each message. A fault concerns only the messages of its profile. */
export async function applyMessages(ports: Ports, messages: Message[]): Promise<Applied> {
  const { groups, invalid } = await groupByProfile(ports, messages);
  const applied: Applied = { retry: [], outcomes: new Map() };
  for (const [id, problems] of invalid) applied.outcomes.set(id, { rejected: problems });
  if (groups.length === 0) return applied;
  const catalogue = await loadCatalogue(ports);
  const done: ProfileOutcome[] = [];
  await inParallel(PARALLEL_PROFILES, groups, async (group) => {
    const outcome = newOutcome();
    done.push(outcome);
    try {
      await applyToProfile({ ports, catalogue }, group.work, outcome);
      noteOutcomes(applied, group, outcome);
    } catch (error) {
      takeFault(ports, error, { group, applied });
    }
  });
  await announce(ports, done);
  return applied;
}

function noteOutcomes({ outcomes }: Applied, { work }: Group, { rejected, duplicates }: ProfileOutcome): void {
  for (const { messageId } of work.inputs) {
    const problems = rejected.get(messageId);
    outcomes.set(messageId, problems ? { rejected: problems } : duplicates.has(messageId) ? "duplicate" : "applied");
  }
}

/**
 * Delivers the group's messages again, and after some receives they become dead letters. A wake-up that no table can hold
 * is only dropped: it is a pointer, and the due index has what it points to.
 */
function takeFault({ log }: Ports, error: unknown, { group, applied }: { group: Group; applied: Applied }): void {
  const code = error instanceof Fault ? error.code : "unexpected";
  const text = error instanceof Fault ? error.message : stackOf(error);
  log.error("profile not applied", { code, messages: group.messageIds.length, error: text });
  if (!(error instanceof TableLimitExceeded)) applied.retry.push(...group.messageIds);
}

const stackOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));

/** Puts rejected messages aside with their reasons, durably, before the batch is acknowledged. */
async function putAside(ports: Ports, messages: Message[], { outcomes }: Applied): Promise<void> {
  const rejected = messages.flatMap(({ id, body }) => {
    const outcome = outcomes.get(id);
    return typeof outcome === "object" ? [{ body: { problems: outcome.rejected, message: body as Json } }] : [];
  });
  if (rejected.length > 0) await ports.queues.rejected.send(rejected);
}
