// Decides what becomes of an event that Relance tells itself: it is learned and kept at once, and triggers campaigns after.
import { type Deciding, effect } from "./deciding.ts";
import type { Event } from "./event.ts";
import { MAX_HOPS } from "./event.ts";
import { fold } from "./fold.ts";

/** Most events of Relance's own in one decision: rules that feed each other end here, and one transaction holds them all. */
const MAX_DERIVED = 20;

/** Learns and keeps the event, and notes that it is to trigger; `false` when that would go round and round. */
export function derive(deciding: Deciding, event: Event): boolean {
  const { draft, catalogue, told } = deciding;
  if (event.hops > MAX_HOPS || deciding.derivations >= MAX_DERIVED) return false;
  deciding.derivations++;
  deciding.hops = Math.max(deciding.hops, event.hops);
  fold(draft, event, catalogue);
  effect(deciding, { kind: "event-derived", event });
  told.push(event);
  return true;
}
