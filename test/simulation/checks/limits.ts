// Decides whether there was room for a claim: frequency caps (I7), daily ceilings, and others that go first (priority).
import type { Claim, SendSeen } from "../model.ts";
import { durationMs, inForce, type Rules } from "../rules.ts";
import type { World } from "../stage.ts";
import { wallClock } from "./local-time.ts";
import { pastOf } from "./past.ts";

const RANK: Record<string, number> = { high: 1, normal: 2, low: 3 };
const LONGEST_WAIT_MS = 9 * 60_000;
/** A worker may have read the profile this long before its claim took effect. */
const READ_BEFORE_MS = 5_000;

export function checkRoom(world: World, send: SendSeen, claim: Claim): void {
  const published = inForce(world.observer, world.rules, claim.trueAt);
  // What the provider did not send on is given back before the ledger says so.
  const { reported } = pastOf(world);
  const counted = world.observer.claims.filter((one) => !one.isGivenBack && !reported.has(`Reject ${one.sendId}`));
  capped(world, claim, { counted, published });
  ceilings(world, claim, { counted, published });
  if (world.observer.publications.length === 1) goingFirst(world, send, claim);
}

type Counted = { counted: Claim[]; published: Rules[] };

/** Whether some window of the cap's length holds more than its most. */
export function isOver(instants: number[], max: number, windowMs: number): boolean {
  const sorted = instants.toSorted((a, b) => a - b);
  return sorted.some((at, index) => (sorted[index + max] ?? Number.POSITIVE_INFINITY) - at < windowMs);
}

function capped(world: World, claim: Claim, { counted, published }: Counted): void {
  const others = counted.filter(
    // The first call of a service mail that is sent once more does not hold back the second.
    (one) => one.sendId !== claim.sendId && one.address === claim.address && one.purpose === claim.purpose,
  );
  const over = published.every(({ settings }) => {
    const cap = settings.frequencyCap[claim.purpose as "marketing" | "service"];
    return cap !== undefined && others.filter(({ at }) => claim.at - at < durationMs(cap.within)).length >= cap.max;
  });
  if (over)
    world.violation(
      "I7",
      `more ${claim.purpose} claims of one address than any cap allows, with ${claim.sendId.slice(0, 6)}`,
    );
}

function ceilings(world: World, claim: Claim, { counted, published }: Counted): void {
  for (const limited of ["account", claim.campaign]) {
    const over = published.every(({ settings, campaigns }) => {
      const most = limited === "account" ? settings.maxPerDay : campaigns.get(limited)?.maxPerDay;
      if (most === undefined) return false;
      const dayOf = (at: number) => wallClock(at, settings.timezone.default).slice(0, 10);
      const day = dayOf(claim.at);
      const onDay = counted.filter(
        (one) => (limited === "account" || one.campaign === limited) && dayOf(one.at) === day,
      );
      return onDay.length > most;
    });
    if (over)
      world.violation(
        "ceiling",
        `more claims of ${limited} in one day than its ceiling, with ${claim.sendId.slice(0, 6)}`,
      );
  }
}

/** Of one person, a send that nobody touched since it was intended goes first when it is more urgent. */
function goingFirst(world: World, send: SendSeen, claim: Claim): void {
  const { observer, scheduler } = world;
  for (const other of observer.sends.values()) {
    if (other.state !== "PENDING" || other.version !== 1 || other.arm !== "treated" || other.bornFor === undefined)
      continue;
    const isHigher = (RANK[other.priority] as number) < (RANK[send.priority] as number);
    if (!isHigher || other.profileId !== send.profileId || observer.pkOf(other.bornFor) !== claim.address) continue;
    const ageMs = scheduler.now - other.bornAt;
    if (ageMs > READ_BEFORE_MS && ageMs < LONGEST_WAIT_MS && scheduler.now < other.expiresAt)
      world.violation(
        "priority",
        `${send.campaign} (${send.priority}) was claimed before ${other.campaign} (${other.priority}) ${other.id.slice(0, 6)}`,
      );
  }
}
