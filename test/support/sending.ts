// Decides what tests of sending share: people who become leads, pointers in hand, and what became of every send.
import type { JsonObject } from "../../shared/domain/json.ts";
import { readSend, type SendRecord } from "../../shared/pipeline/records/send-record.ts";
import type { Pointer } from "../../shared/pipeline/send-facts.ts";
import { consent, identify, lead } from "./calls.ts";
import { type MemoryWorld, START } from "./memory-world.ts";

export const NO_CAP: JsonObject = { frequencyCap: { marketing: { max: 50, within: "1 day" } } };
export const ONE_A_WEEK: JsonObject = { frequencyCap: { marketing: { max: 1, within: "7 days" } } };

/** People with addresses of their own, u-1@example.com and so on, each a lead. */
export async function leads(world: MemoryWorld, n: number): Promise<void> {
  for (let index = 1; index <= n; index++) {
    const user = `u-${index}`;
    const traits = { email: `${user}@example.com` };
    await world.post(identify(START, { user, traits }), consent(START, { user }), lead(START, user));
  }
}

/** Pointers of everything that is intended now. */
export async function pointers(world: MemoryWorld): Promise<Pointer[]> {
  await world.reactTo(world.queued.events.splice(0).map(({ body }) => body));
  return world.queued.sends.splice(0).map(({ body }) => (body as { send: Pointer }).send);
}

/** Every send there is. */
export async function sendsIn(world: MemoryWorld): Promise<SendRecord[]> {
  const { items } = await world.table.scan({ segment: 0, segments: 1 });
  return items.filter(({ sk }) => sk.startsWith("SEND#")).map(readSend);
}

/** How many sends are where: "welcome REFUSED frequency-cap". */
export async function states(world: MemoryWorld): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { send, ledger } of await sendsIn(world)) {
    const line = [send.campaign, ledger.state, ledger.reason].filter(Boolean).join(" ");
    counts[line] = (counts[line] ?? 0) + 1;
  }
  return counts;
}
