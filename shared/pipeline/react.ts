// Decides how a batch of facts and wake-ups becomes state, sends and notifications: read once, decide, one transaction
// per profile, then the fast path.
import type { Catalogue } from "../domain/catalogue.ts";
import { copyWithoutDropped } from "../domain/drop.ts";
import type { InputProblem } from "../domain/event.ts";
import type { Json } from "../domain/json.ts";
import { announce } from "./announce.ts";
import { applyToProfile, newOutcome, type ProfileOutcome } from "./apply-to-profile.ts";
import { loadCatalogue } from "./catalogue-store.ts";
import { errorText } from "./error-text.ts";
import { Fault, TableLimitExceeded } from "./faults.ts";
import { type Group, groupByProfile, type Message } from "./group-by-profile.ts";
import { inParallel } from "./in-parallel.ts";
import type { Ports } from "./ports.ts";
import { namedIn, putAside } from "./put-aside.ts";

/** What became of each message; `retry` are those to be delivered again. Wake-ups have no outcome. */
export type Applied = { retry: string[]; outcomes: Map<string, MessageOutcome> };
/** `erased`: of somebody who was; it is dropped. */
export type MessageOutcome = "applied" | "duplicate" | "erased" | { rejected: InputProblem[] };

const PARALLEL_PROFILES = 10;

/** Reacts to a batch. Invalid messages go to the rejected queue with a reason; returns the ids to be delivered again. */
export async function react(ports: Ports, messages: Message[]): Promise<string[]> {
  const catalogue = await loadCatalogue(ports);
  const applied = await applyUnder(catalogue, ports, messages);
  await reject({ ports, catalogue }, messages, applied);
  return applied.retry;
}

/** Applies a batch and says what became of each message. A fault concerns only the messages of its profile. */
export async function applyMessages(ports: Ports, messages: Message[]): Promise<Applied> {
  return applyUnder(await loadCatalogue(ports), ports, messages);
}

/** The catalogue comes first: what it throws away must not even be looked at. */
async function applyUnder(catalogue: Catalogue, ports: Ports, messages: Message[]): Promise<Applied> {
  const { groups, invalid } = await groupByProfile(ports, messages, catalogue.settings.drop);
  const applied: Applied = { retry: [], outcomes: new Map() };
  for (const [id, problems] of invalid) applied.outcomes.set(id, { rejected: problems });
  if (groups.length === 0) return applied;
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
  await announce({ ports, catalogue }, done);
  const erased = done.reduce((sum, outcome) => sum + outcome.erased.size, 0);
  if (erased > 0) ports.log.info("facts of the erased dropped", { count: erased });
  return applied;
}

function noteOutcomes({ outcomes }: Applied, { work }: Group, done: ProfileOutcome): void {
  for (const { messageId } of work.inputs) outcomes.set(messageId, outcomeOf(messageId, done));
}

function outcomeOf(messageId: string, { rejected, duplicates, erased }: ProfileOutcome): MessageOutcome {
  const problems = rejected.get(messageId);
  if (problems !== undefined) return { rejected: problems };
  return erased.has(messageId) ? "erased" : duplicates.has(messageId) ? "duplicate" : "applied";
}

/**
 * Delivers the group's messages again, and after some receives they become dead letters. A wake-up that no table can hold
 * is only dropped: it is a pointer, and the due index has what it points to.
 */
function takeFault({ log }: Ports, error: unknown, { group, applied }: { group: Group; applied: Applied }): void {
  const code = error instanceof Fault ? error.code : "unexpected";
  log.error("profile not applied", { code, messages: group.messageIds.length, error: errorText(error) });
  if (!(error instanceof TableLimitExceeded)) applied.retry.push(...group.messageIds);
}

/** Puts rejected messages aside with their reasons, durably, before the batch is acknowledged. */
async function reject(
  { ports, catalogue }: { ports: Ports; catalogue: Catalogue },
  messages: Message[],
  { outcomes }: Applied,
): Promise<void> {
  const rejected = messages.flatMap(({ id, body }) => {
    const outcome = outcomes.get(id);
    if (typeof outcome !== "object") return [];
    const message = copyWithoutDropped(body as Json, catalogue.settings.drop);
    return [{ body: { problems: outcome.rejected, message }, ...namedIn(body) }];
  });
  await putAside(ports, rejected);
}
