// Decides how a batch of facts and wake-ups becomes state, sends and notifications: read once, decide, one transaction
// per profile, then the fast path.
import type { InputProblem } from "../domain/event.ts";
import type { Json } from "../domain/json.ts";
import { announce } from "./announce.ts";
import { applyToProfile, type ProfileOutcome } from "./apply-to-profile.ts";
import { loadCatalogue } from "./catalogue-store.ts";
import { Fault } from "./faults.ts";
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
    try {
      const outcome = await applyToProfile({ ports, catalogue }, group.work);
      noteOutcomes(applied, group, outcome);
      done.push(outcome);
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

/** A retryable fault delivers the group's messages again; any other puts them aside, so that they do not come back for ever. */
function takeFault({ log }: Ports, error: unknown, { group, applied }: { group: Group; applied: Applied }): void {
  const retryable = !(error instanceof Fault) || error.retryable;
  const code = error instanceof Fault ? error.code : "unexpected";
  const text =
    error instanceof Error ? (error instanceof Fault ? error.message : (error.stack ?? error.message)) : String(error);
  log.error("profile not applied", { code, retryable, messages: group.messageIds.length, error: text });
  if (retryable) applied.retry.push(...group.messageIds);
  else for (const id of group.messageIds) applied.outcomes.set(id, { rejected: [{ code, path: "", message: text }] });
}

/** Puts rejected messages aside with their reasons, durably, before the batch is acknowledged. */
async function putAside(ports: Ports, messages: Message[], { outcomes }: Applied): Promise<void> {
  const rejected = messages.flatMap(({ id, body }) => {
    const outcome = outcomes.get(id);
    return typeof outcome === "object" ? [{ body: { problems: outcome.rejected, message: body as Json } }] : [];
  });
  if (rejected.length > 0) await ports.queues.rejected.send(rejected);
}
