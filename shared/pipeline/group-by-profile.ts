// Decides which messages of a batch belong to the same person, and in which order they are applied.

import * as z from "zod";
import type { Drop } from "../domain/drop.ts";
import type { Event, InputProblem } from "../domain/event.ts";
import type { Instant } from "../domain/instant.ts";

import { resolveIdentity } from "./identity.ts";
import { identityKey } from "./keys.ts";
import { type ParsedFact, parseFact } from "./parse-fact.ts";
import type { Ports } from "./ports.ts";
import type { ProfileInputs } from "./prepare-inputs.ts";

/** One message of the events queue: a bus envelope, or a wake-up of the due index. */
export type Message = { id: string; body: unknown; receiveCount: number; queuedAt?: Instant };

/** The messages of one person: what to apply, and the wake-ups that are answered by applying it. */
export type Group = { work: ProfileInputs; messageIds: string[] };
export type Grouped = { groups: Group[]; invalid: Map<string, InputProblem[]> };

const wakeSchema = z.object({ wake: z.object({ profileId: z.string().min(1), at: z.number().default(0) }) });

type Facts = { messageId: string; fact: ParsedFact }[];

/** Parses the messages without what is to be dropped and groups them by person; what cannot be parsed comes back with its problems. */
export async function groupByProfile(ports: Ports, messages: Message[], drop: Drop): Promise<Grouped> {
  const secret = await ports.secrets.get("identity");
  const wakes = new Map<string, { messageIds: string[]; wokenAt: Instant }>();
  const facts = new Map<string, Facts>();
  const invalid = new Map<string, InputProblem[]>();
  for (const { id, body, queuedAt } of messages) {
    const wake = wakeSchema.safeParse(body);
    if (wake.success) {
      const { profileId, at } = wake.data.wake;
      const known = wakes.get(profileId);
      wakes.set(profileId, {
        messageIds: [...(known?.messageIds ?? []), id],
        wokenAt: Math.max(at, known?.wokenAt ?? 0),
      });
      continue;
    }
    const fact = parseFact(body, ports.clock.now(), { drop, queuedAt });
    if (Array.isArray(fact)) invalid.set(id, fact);
    else addTo(facts, identityKey(secret, fact.identity).pk, { messageId: id, fact });
  }
  const wakeGroups = [...wakes].map(
    ([profileId, { messageIds, wokenAt }]): Group => ({ work: { profileId, wokenAt, inputs: [] }, messageIds }),
  );
  return { groups: [...[...facts.values()].map((of) => factGroup(ports, of)), ...wakeGroups], invalid };
}

function factGroup(ports: Ports, facts: Facts): Group {
  const ordered = facts.toSorted((a, b) => byTime(a.fact.event, b.fact.event));
  const { identity } = (ordered[0] as Facts[number]).fact;
  const inputs = ordered.map(({ messageId, fact }) => ({ messageId, event: fact.event }));
  const work = { identity, resolve: () => resolveIdentity(ports, identity), inputs };
  return { work, messageIds: inputs.map(({ messageId }) => messageId) };
}

function addTo<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** Order of (occurredAt, traits before facts, id). */
function byTime(a: Event, b: Event): number {
  if (a.occurredAt !== b.occurredAt) return a.occurredAt - b.occurredAt;
  const traitsFirst = Number(b.traits !== undefined) - Number(a.traits !== undefined);
  return traitsFirst !== 0 ? traitsFirst : a.id < b.id ? -1 : 1;
}
