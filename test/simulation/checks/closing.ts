// Decides whether an address was closed for a reason, at once when there was one, and whether a consent is what somebody said.
import { FORM } from "../catalogues.ts";
import type { AddressSeen, PersonSeen } from "../model.ts";
import type { World } from "../stage.ts";
import { actsOf, possibleStates } from "./acts.ts";
import { type AddressSaid, hasLasting, isClosedFor } from "./addresses.ts";
import { isErasing, isOf } from "./erased.ts";
import { pastOf, storedNow } from "./past.ts";

const nameOf = (state: string | undefined) => state ?? "unknown";

/** Nobody's address closes without somebody's word. */
export function checkClosing(world: World, { pk }: AddressSeen, { suppressions, optOuts }: AddressSaid): void {
  for (const reason of Object.keys(suppressions))
    if (!isToldOf(world, pk, reason)) world.violation("closed", `${pk} is closed (${reason}), and nobody told so`);
  for (const purpose of Object.keys(optOuts)) {
    const isTold = [...world.log.userBehind.keys()].some(
      (profileId) =>
        actsOf(world, profileId, purpose).some(({ state }) => state === "denied") && isOf(world, profileId, pk),
    );
    if (!isTold) world.violation("closed", `${pk} is closed for ${purpose}, and nobody said no`);
  }
}

function isToldOf(world: World, pk: string, reason: string): boolean {
  const { reported, begun, listed } = pastOf(world);
  switch (reason) {
    case "bounce":
      return reported.has(`Bounce ${pk}`) || listed.has(pk);
    case "complaint":
      return reported.has(`Complaint ${pk}`) || listed.has(pk);
    case "operator":
      return begun.has(`suppress ${pk}`);
    case "erasure":
      return isErasing(world, pk);
    // How many of them is asked in the end.
    case "soft-bounces":
      return reported.has(`Bounce soft ${pk}`);
    default:
      return false;
  }
}

/** A consent is as somebody said. */
export function checkConsent(world: World, said: { profileId: string; purpose: string; state: string }): void {
  const { profileId, purpose, state } = said;
  const possible = possibleStates(world, profileId, purpose);
  if (!possible.has(state as "granted"))
    world.violation(
      "consent",
      `the consent of ${profileId} to ${purpose} became ${state}, and what was said makes it ${[...possible].map(nameOf)}`,
    );
}

/** In the end a consent is the fold of what was said: the person's latest act, or a later no; else a yes of a system. */
export function checkConsentFold(world: World, { id }: PersonSeen): void {
  for (const purpose of ["marketing", "open-tracking"]) {
    const stored = storedNow(world, `PROFILE#${id}`, `STATE#CONSENT#${purpose}`)?.["consent"];
    const state = (stored as { state: "granted" | "denied" } | undefined)?.state;
    const possible = possibleStates(world, id, purpose);
    if (!possible.has(state))
      world.violation(
        "consent",
        `the consent of ${id} to ${purpose} is ${nameOf(state)}, and what was said makes it ${[...possible].map(nameOf)}`,
      );
  }
}

/** Whoever said yes by a form, and has an address of their own alone, is not shut out there by anything that was said before. */
export function checkOpenAtEnd(world: World, { id, email }: PersonSeen): void {
  const stored = storedNow(world, `PROFILE#${id}`, "STATE#CONSENT#marketing")?.["consent"];
  const consent = stored as { state: string; at: number; by: string } | undefined;
  // What a system told of their address later opens nothing.
  if (email.since > (consent?.at ?? 0) + CLOCKS_MS) return;
  if (email.now === undefined || consent?.state !== "granted" || !consent.by.startsWith(`${FORM}/`)) return;
  const pk = world.observer.pkOf(email.now);
  const had = [...pastOf(world).had].filter(([, addresses]) => addresses.has(pk));
  if (had.some(([profileId, addresses]) => addresses.size > 1 || !isSame(world, profileId, id))) return;
  const said = storedNow(world, pk, "ADDRESS")?.["address"] as AddressSaid | undefined;
  for (const at of [said?.optOuts["marketing"], said?.suppressions["erasure"]])
    if (at !== undefined && at < consent.at)
      world.violation("closed", `${pk} is closed since ${at}, and its reader said yes by a form at ${consent.at}`);
}

/** Clocks of workers differ by so much. */
const CLOCKS_MS = 5_000;

const isSame = ({ log }: World, one: string, other: string) => log.userBehind.get(one) === log.userBehind.get(other);

/** Feedback that was taken in has closed its address; somebody's answered word as well. */
export function checkClosedNow(world: World, pk: string, why: string): void {
  const said = storedNow(world, pk, "ADDRESS")?.["address"] as AddressSaid | undefined;
  const isClosed = said !== undefined && (why === "all" ? hasLasting(said) : isClosedFor(said, why));
  if (!isClosed) world.violation("closed", `${pk} is not closed (${why}), and whoever said so was answered`);
}

/** Whoever said yes and was answered is open, as far as it is theirs; `from`: when they began to. */
export function checkOpenNow(world: World, pk: string, { purpose, from }: { purpose: string; from: number }): void {
  const said = storedNow(world, pk, "ADDRESS")?.["address"] as AddressSaid | undefined;
  const closedAt = said?.optOuts[purpose];
  if (closedAt !== undefined && closedAt < from)
    world.violation("closed", `${pk} is closed for ${purpose} since ${closedAt}, and a later yes was answered`);
}
