// Decides whether an address was closed for a reason, at once when there was one, and whether a consent is what somebody said.
import type { Item } from "../../../shared/pipeline/ports.ts";
import type { AddressSeen, PersonSeen } from "../model.ts";
import type { World } from "../stage.ts";
import { pastOf, storedNow } from "./past.ts";

type Said = { suppressions: Record<string, number>; optOuts: Record<string, number> };

/** Nobody's address closes without somebody's word. */
export function checkClosing(world: World, { pk }: AddressSeen, item: Item): void {
  const past = pastOf(world);
  const { suppressions, optOuts } = item["address"] as Said;
  for (const reason of Object.keys(suppressions)) {
    const isTold =
      (reason === "bounce" && past.reported.has(`Bounce ${pk}`)) ||
      (reason === "complaint" && past.reported.has(`Complaint ${pk}`)) ||
      (reason === "operator" && past.begun.has(`suppress ${pk}`));
    if (!isTold) world.violation("closed", `${pk} is closed (${reason}), and nobody told so`);
  }
  for (const purpose of Object.keys(optOuts)) {
    const isTold = [...past.had].some(
      ([profileId, addresses]) =>
        addresses.has(pk) && (isDenied(world, profileId, purpose) || isLeaving(world, profileId, purpose)),
    );
    if (!isTold) world.violation("closed", `${pk} is closed for ${purpose}, and nobody said no`);
  }
}

const isDenied = (world: World, profileId: string, purpose: string) =>
  pastOf(world).said.has(`${profileId} ${purpose} denied`);
const isLeaving = (world: World, profileId: string, purpose: string) =>
  pastOf(world).begun.has(`unsubscribe ${profileId} ${purpose}`);

/** A consent is as somebody said. */
export function checkConsent(world: World, profileId: string, state: string): void {
  const isTold =
    pastOf(world).said.has(`${profileId} marketing ${state}`) ||
    (state === "denied" && isLeaving(world, profileId, "marketing"));
  if (!isTold) world.violation("consent", `the consent of ${profileId} became ${state}, and nobody said so`);
}

/** In the end a consent is the fold of what was said: a no stays, without one a yes counts. */
export function checkConsentFold(world: World, { id, consent }: PersonSeen): void {
  const { said } = pastOf(world);
  const hasLeft = world.log.optedOut.some(({ profileId, purpose }) => profileId === id && purpose === "marketing");
  const expected =
    hasLeft || said.has(`${id} marketing denied`)
      ? "denied"
      : said.has(`${id} marketing granted`)
        ? "granted"
        : undefined;
  // A link that was followed and not answered may count, too.
  const isOpen = expected !== "denied" && consent.now === "denied" && isLeaving(world, id, "marketing");
  if (consent.now !== expected && !isOpen)
    world.violation("consent", `the consent of ${id} is ${consent.now}, and what was said makes it ${expected}`);
}

/** Feedback that was taken in has closed its address; somebody's answered word as well. */
export function checkClosedNow(world: World, pk: string, why: string): void {
  const said = storedNow(world, pk, "ADDRESS")?.["address"] as Said | undefined;
  const isClosed = why === "all" ? Object.keys(said?.suppressions ?? {}).length > 0 : said?.optOuts[why] !== undefined;
  if (!isClosed) world.violation("closed", `${pk} is not closed (${why}), and whoever said so was answered`);
}
