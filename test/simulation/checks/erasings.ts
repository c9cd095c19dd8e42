// Decides whom somebody began to erase, and what goes with them.
import type { Instant } from "../../../shared/domain/instant.ts";
import type { World } from "../stage.ts";

/** Whom somebody began to erase, and the first event of every profile that came after one. */
type Erasing = { begun: Set<string>; first: Set<string>; over: Set<string> };
const erasings = new WeakMap<World, Erasing>();

export function erasingOf(world: World): Erasing {
  const known = erasings.get(world) ?? { begun: new Set(), first: new Set(), over: new Set() };
  erasings.set(world, known);
  return known;
}

/** What was chosen at an address goes with the erasure that closes it, unless somebody else has it. */
export function mayGoWithErasure(
  world: World,
  pk: string,
  { suppressions }: { suppressions: Record<string, Instant> },
): boolean {
  if (suppressions["erasure"] === undefined) return false;
  const { begun } = erasingOf(world);
  const { people, erased } = world.observer;
  const holders = [...people.values()].filter(
    ({ email }) => email.now !== undefined && world.observer.pkOf(email.now) === pk,
  );
  return begun.has(pk) || holders.every(({ id }) => begun.has(id) || erased.has(id));
}
