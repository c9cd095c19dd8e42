// Decides who hears what Relance itself has seen of a person: others, by the bus, and its own rules where one asks for it.
import type { Catalogue } from "../domain/catalogue.ts";
import { OWN_SOURCE } from "../domain/deciding.ts";
import { type Instant, iso } from "../domain/instant.ts";
import type { JsonObject } from "../domain/json.ts";
import { errorText } from "./error-text.ts";
import type { Ports } from "./ports.ts";

/**
 * Something Relance saw a profile do, or happen to it; `id` is the same however often it is seen. `behind`: the triggers that led
 * to it, of news about a mail (see `Send`).
 */
export type OwnFact = {
  profileId: string;
  type: string;
  id: string;
  occurredAt: Instant;
  properties: JsonObject;
  behind?: string[];
  /** Of something long past: history alone. */
  late?: true;
  /** The same for all that is told under the id, where that may have two instants: both are one fact then. */
  declaredAt?: Instant;
};

/** Whether a published rule counts the type, or starts by it. */
export function isUsed({ counters, byTrigger }: Pick<Catalogue, "counters" | "byTrigger">, type: string): boolean {
  return counters.has(type) || byTrigger.has(type);
}

/**
 * Tells the bus, as well as that goes, and puts what a published rule uses before the rules, durably: like any event it is
 * applied once, however often it is told. Throws when that queue is out of reach.
 */
export async function tell(
  ports: Pick<Ports, "bus" | "queues" | "clock" | "log">,
  catalogue: Pick<Catalogue, "counters" | "byTrigger">,
  facts: OwnFact[],
): Promise<void> {
  if (facts.length === 0) return;
  const at = ports.clock.now();
  const used = facts.filter(({ type }) => isUsed(catalogue, type));
  if (used.length > 0) await ports.queues.events.send(used.map((fact) => ({ body: envelopeOf(fact, at) })));
  try {
    const entries = facts.map((fact) => ({ source: OWN_SOURCE, type: fact.type, at, detail: detailOf(fact) }));
    const { failed } = await ports.bus.publish(entries);
    if (failed.length > 0) ports.log.warn("news not published", { count: failed.length });
  } catch (error) {
    ports.log.warn("news not published", { count: facts.length, error: errorText(error) });
  }
}

function detailOf({ profileId, id, occurredAt, properties, behind = [] }: OwnFact): JsonObject {
  const hops = behind.length;
  return { profileId, id, occurredAt: iso(occurredAt), ...(hops > 0 && { hops, behind }), properties };
}

/** As the bus would hand it on. */
function envelopeOf(fact: OwnFact, at: Instant): JsonObject {
  const { late, declaredAt } = fact;
  const detail = {
    ...detailOf(fact),
    ...(late && { history: true }),
    ...(declaredAt !== undefined && { declaredAt: iso(declaredAt) }),
  };
  return { id: fact.id, source: OWN_SOURCE, "detail-type": fact.type, time: iso(at), detail };
}
