// Decides whether what the provider will not send to is closed here too, at the latest when its list was asked for.
import type { Instant } from "../../../shared/domain/instant.ts";
import type { Item } from "../../../shared/pipeline/ports.ts";
import type { World } from "../stage.ts";
import { type AddressSaid, hasLasting } from "./addresses.ts";
import { storedNow } from "./past.ts";

type Listed = { email: string; at: Instant };
type Known = { listed: Listed[]; pulledAt: Instant };
const known = new WeakMap<World, Known>();

function knownOf(world: World): Known {
  const found = known.get(world) ?? { listed: [], pulledAt: 0 };
  known.set(world, found);
  return found;
}

export function noteOnList(world: World, email: string): void {
  knownOf(world).listed.push({ email, at: world.scheduler.now });
}

/** A job is written: the one that asks for the list may have ended a round. */
export function notePulled(world: World, put: Item): void {
  if (put.pk !== "JOB#suppression-pull" || put["state"] !== "waiting" || !world.isOpen) return;
  knownOf(world).pulledAt = Number(put["startedAt"] ?? 0);
}

/** Clocks of workers differ by so much. */
const SKEW_MS = 95_000;

export function checkListed(world: World): void {
  const { listed, pulledAt } = knownOf(world);
  for (const { email, at } of listed) {
    if (at > pulledAt - SKEW_MS) continue;
    const said = storedNow(world, world.observer.pkOf(email), "ADDRESS")?.["address"] as AddressSaid | undefined;
    if (said === undefined || !hasLasting(said))
      world.violation("listed", `${email} is on the provider's list since ${at}, and open here`);
  }
}
