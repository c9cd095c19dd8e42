// Decides whether what closed an address stays until whoever may lift it did (I6): a person their own no, a delivery the soft
// bounces; and nobody a bounce, a complaint or the operator's word.
import type { Instant } from "../../../shared/domain/instant.ts";
import type { AddressSeen } from "../model.ts";
import type { World } from "../stage.ts";
import { type Act, actsOf } from "./acts.ts";
import { mayGoWithErasure } from "./erasings.ts";
import { mayHush } from "./hushes.ts";
import { pastOf } from "./past.ts";

export type AddressSaid = {
  suppressions: Record<string, Instant>;
  optOuts: Record<string, Instant>;
  pauses?: Record<string, Instant>;
  softBounces?: { sendId: string; at: Instant }[];
  deliveredAt?: Instant;
  lastActAt?: Instant;
};

/** `before`: absent when the address is stored for the first time. */
export function checkAddress(
  world: World,
  { pk, closed }: AddressSeen,
  { said, before }: { said: AddressSaid; before: AddressSaid | undefined },
): void {
  for (const why of closed.keys()) {
    const isThere = why === "all" ? hasLasting(said) : isClosedFor(said, why);
    const isGone = why !== "all" && why !== "erasure" && mayGoWithErasure(world, pk, said);
    if (!isThere && !isGone && !mayOpen(world, { pk, why, since: before }))
      world.violation("I6", `${pk} was closed (${why}) and is open again`);
    if (!isThere) closed.delete(why);
  }
  if (before === undefined) return;
  for (const [purpose, at] of Object.entries(before.optOuts)) {
    const after = said.optOuts[purpose];
    if (after !== undefined && after < at) world.violation("I6", `${pk}: the no to ${purpose} became an earlier one`);
    if (after === undefined && !mayGoWithErasure(world, pk, said) && !mayLift(world, { pk, purpose, at }))
      world.violation("I6", `${pk}: the no to ${purpose} is gone, and the person took nothing back`);
  }
  const erasedAt = before.suppressions["erasure"];
  if (erasedAt !== undefined && said.suppressions["erasure"] === undefined) {
    world.log.lifted.add(pk);
    if (!mayReturn(world, pk, erasedAt)) world.violation("I6", `${pk}: the erasure is gone, and nobody came back`);
  }
  checkPauses(world, pk, { said, before });
  if ((said.lastActAt ?? 0) < (before.lastActAt ?? 0)) world.violation("I6", `${pk}: the last own act goes back`);
  if ((said.deliveredAt ?? 0) < (before.deliveredAt ?? 0)) world.violation("I6", `${pk}: the last delivery goes back`);
}

function checkPauses(world: World, pk: string, { said, before }: { said: AddressSaid; before: AddressSaid }): void {
  const purposes = new Set([...Object.keys(said.pauses ?? {}), ...Object.keys(before.pauses ?? {})]);
  for (const purpose of purposes) {
    const [was, is] = [before.pauses?.[purpose], said.pauses?.[purpose]];
    if (was === is || mayHush(world, { pk, purpose, until: is })) continue;
    // Whoever says yes on the page of their choices means from now on.
    const isMeant = is === undefined && mayLift(world, { pk, purpose, at: 0, by: isByLink });
    const isGone = is === undefined && mayGoWithErasure(world, pk, said);
    if (!isMeant && !isGone)
      world.violation("I6", `${pk}: the pause of ${purpose} became ${is}, and nobody asked for it`);
  }
}

/** What only the operator could take back, and does not here. */
export const hasLasting = ({ suppressions }: AddressSaid): boolean =>
  Object.keys(suppressions).some((reason) => reason !== "soft-bounces" && reason !== "erasure");

/** Closed for a purpose ("erasure": for all of them). */
export const isClosedFor = ({ suppressions, optOuts }: AddressSaid, why: string): boolean =>
  why === "erasure" ? suppressions["erasure"] !== undefined : optOuts[why] !== undefined;

type Opened = { pk: string; why: string; since: AddressSaid | undefined };

function mayOpen(world: World, { pk, why, since }: Opened): boolean {
  if (why === "all" || since === undefined) return false;
  if (why === "erasure") return mayReturn(world, pk, since.suppressions["erasure"] ?? 0);
  return mayLift(world, { pk, purpose: why, at: since.optOuts[why] ?? 0 });
}

type Lifting = { pk: string; purpose: string; at: Instant; by?: (world: World, act: Act) => boolean };

/** Whether somebody who has or had the address said yes themselves after that instant. */
function mayLift(world: World, { pk, purpose, at, by = () => true }: Lifting): boolean {
  for (const [profileId, addresses] of pastOf(world).had)
    if (
      addresses.has(pk) &&
      actsOf(world, profileId, purpose).some(
        (act) => act.state === "granted" && act.isPerson && act.to > at && by(world, act),
      )
    )
      return true;
  return false;
}

/** By a form, or by a link of somebody who has the address, too, and was not erased. */
const mayBringBack = (world: World, { isForm, profileId }: Act) => isForm || !world.observer.erased.has(profileId);

const isByLink = (_: World, { isForm }: Act) => !isForm;

/** The same for any purpose, by a form: whoever comes back after an erasure. */
function mayReturn(world: World, pk: string, at: Instant): boolean {
  return ["marketing", "open-tracking"].some((purpose) => mayLift(world, { pk, purpose, at, by: mayBringBack }));
}
