// Decides what becomes of an event that Relance tells itself: it is learned and kept at once, and triggers campaigns after.
import { causeOf, type Deciding, effect } from "./deciding.ts";
import type { Event } from "./event.ts";
import { learn } from "./fold.ts";

/** Learns and keeps the event, and notes that it is to trigger. `behind`: the triggers whose campaigns led to it. */
export function derive(deciding: Deciding, event: Event, behind: string[] = []): void {
  const { told } = deciding;
  const chain = [...behind, event.type];
  learn(deciding, event);
  effect(deciding, { kind: "event-derived", event: { ...event, hops: behind.length } });
  told.push(causeOf(event, chain));
  deciding.chain = chain;
}
