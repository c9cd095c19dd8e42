// Decides what else a person changes on the page of their choices: a pause, and that they did something there.
import { type Address, withOwnAct, withPause } from "../domain/address.ts";
import { DAY_MS } from "../domain/instant.ts";
import { addressesOfPerson, type OfMail } from "./consent-writes.ts";
import type { Ports } from "./ports.ts";
import { changeAddress } from "./records/address-record.ts";

type Needed = Pick<Ports, "table" | "secrets" | "clock" | "ids">;

/** No marketing for so many days, at the address of the mail and at the one of today; counts when it returns. */
export function pauseFor(ports: Needed, of: OfMail, days: number): Promise<void> {
  const now = ports.clock.now();
  return changeBoth(ports, of, (address) => withOwnAct(withPause(address, "marketing", now + days * DAY_MS), now));
}

/** Ends a pause. */
export function endPause(ports: Needed, of: OfMail): Promise<void> {
  const now = ports.clock.now();
  return changeBoth(ports, of, (address) => withOwnAct(withPause(address, "marketing", undefined), now));
}

/** Keeps that the person did something: for whoever is forgotten after a long silence. */
export function noteOwnAct(ports: Needed, of: OfMail): Promise<void> {
  const now = ports.clock.now();
  return changeBoth(ports, of, (address) => withOwnAct(address, now));
}

async function changeBoth(ports: Needed, of: OfMail, change: (address: Address) => Address): Promise<void> {
  for (const key of await addressesOfPerson(ports, of)) await changeAddress(ports, key, change);
}
