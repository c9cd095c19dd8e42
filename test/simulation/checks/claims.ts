// Decides whether a claim was allowed: consent and closed addresses (I5), quiet hours (I8), stop switches (I9), holdout.
import { type Claim, type PersonSeen, type SendSeen, within } from "../model.ts";
import { basisOf, durationMs, inForce, type Rules } from "../rules.ts";
import type { World } from "../stage.ts";
import { isWithin, wallClock, zoneFor } from "./local-time.ts";

/** Facts that changed less than this before a claim may have been read before they changed. */
const FRESH_MS = 2_000;
/** A worker may have read somebody this long before they were erased; their address closes at once all the same. */
const ERASED_MS = 6_000;

export function checkClaim(world: World, send: SendSeen, claim: Claim): void {
  const { observer } = world;
  const person = observer.people.get(send.profileId);
  const what = `${send.campaign}/${send.step} ${send.id.slice(0, 6)}`;
  if (send.arm !== "treated") world.violation("holdout", `${what} was claimed for somebody held out`);
  if (person === undefined) {
    const erased = observer.erased.get(send.profileId);
    if (erased === undefined || claim.trueAt - erased.trueAt > ERASED_MS)
      world.violation("I5", `${what} was claimed for ${erased === undefined ? "nobody" : "an erased person"}`);
    return;
  }
  if (claim.at >= send.expiresAt)
    world.violation("expiry", `${what} was claimed when it was not worth sending any more`);
  if (send.unknowns >= (send.purpose === "service" ? 2 : 1))
    world.violation("I1", `${what} (${send.purpose}) was claimed after ${send.unknowns} unknown outcome(s)`);
  closedAddress(world, what, claim);
  const rules = inForce(observer, world.rules, claim.trueAt);
  if (send.purpose === "marketing" && !mayGetMarketing(person, claim, rules))
    world.violation("I5", `${what} was claimed, and the consent is ${person.consent.now ?? "unknown"}`);
  if (rules.every((rule) => isQuiet(person, claim, rule)))
    world.violation("I8", `${what} was claimed in quiet hours (${new Date(claim.at).toISOString()})`);
  stopped(world, what, { send, rules });
}

function closedAddress(world: World, what: string, { address, purpose, sendId }: Claim): void {
  const { closed } = world.observer.addressAt(address ?? "none");
  if (address === undefined) world.violation("I5", `${what} was claimed without an address`);
  for (const why of ["all", "erasure", purpose]) {
    const at = closed.get(why);
    if (at !== undefined)
      world.violation(
        "I5",
        `${what} was claimed, and the address is closed (${why}) since ${new Date(at).toISOString()}`,
      );
  }
  const { profileId } = world.observer.sends.get(sendId) as SendSeen;
  if (world.log.erased.has(profileId)) world.violation("I5", `${what} was claimed for somebody who was erased`);
  if (world.log.optedOut.has(`${profileId} ${purpose}`))
    world.violation("I5", `${what} was claimed for a profile that unsubscribed from ${purpose}`);
}

function mayGetMarketing(person: PersonSeen, { at, trueAt }: Claim, rules: Rules[]): boolean {
  const consents = within(person.consent, trueAt, FRESH_MS);
  if (consents.includes("granted")) return true;
  if (!consents.includes(undefined)) return false;
  const purchases = within(person.lastPurchaseAt, trueAt, FRESH_MS);
  const countries = within(person.country, trueAt, FRESH_MS);
  if (rules.some(({ settings }) => countries.some((one) => basisOf(settings, "marketing", one) !== "consent")))
    return true;
  return rules.some(({ settings: { existingCustomers } }) => {
    if (existingCustomers === undefined) return false;
    const isThere = countries.some((one) => existingCustomers.countries?.includes(one ?? "") ?? true);
    return isThere && purchases.some((last) => last !== undefined && at - last <= durationMs(existingCustomers.within));
  });
}

function isQuiet(person: PersonSeen, { at, trueAt, purpose }: Claim, { settings }: Rules): boolean {
  const hours = settings.quietHours[purpose as "marketing" | "service"];
  if (hours === undefined) return false;
  return within(person.timezone, trueAt, FRESH_MS).every((timezone) =>
    within(person.country, trueAt, FRESH_MS).every((country) =>
      isWithin(wallClock(at, zoneFor({ timezone, country }, settings.timezone)), hours),
    ),
  );
}

function stopped(world: World, what: string, { send, rules }: { send: SendSeen; rules: Rules[] }): void {
  for (const stop of ["ACCOUNT", send.campaign]) {
    const at = world.log.paused.get(stop);
    if (at !== undefined)
      world.violation("I9", `${what} was claimed, and the pause of ${stop} returned at ${new Date(at).toISOString()}`);
  }
  const statuses = rules.map(({ campaigns }) => {
    const campaign = campaigns.get(send.campaign);
    return campaign === undefined ? "removed" : (campaign.status ?? "live");
  });
  if (!statuses.includes("live")) world.violation("I9", `${what} was claimed, and the campaign is ${statuses[0]}`);
}
