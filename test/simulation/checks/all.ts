// Decides which checks are asked when something takes effect.

import type { Write } from "../../../shared/pipeline/ports.ts";
import type { Change, SendSeen } from "../model.ts";
import type { World } from "../stage.ts";
import { type AddressSaid, checkAddress } from "./addresses.ts";
import { checkIntent, checkRun } from "./causes.ts";
import { checkClaim } from "./claims.ts";
import { checkClosing, checkConsent } from "./closing.ts";
import { checkForgotten } from "./erased.ts";
import { checkIntended, checkLate } from "./intents.ts";
import { checkClaimJudged, checkJudged } from "./justified.ts";
import { checkAcceptedOnce, checkCall, checkLease, checkPlace } from "./ledger.ts";
import { checkRoom } from "./limits.ts";
import { notePulled } from "./listed.ts";
import { checkComesBack, checkHandedOut, checkKnown, checkPlaceOf, checkWrites } from "./machinery.ts";
import { checkBirthday, checkMail } from "./mails.ts";
import { checkTracked } from "./opens.ts";
import { checkOutcome } from "./outcomes.ts";
import { noteWrites, pastOf } from "./past.ts";
import { checkProofs } from "./proofs.ts";
import { checkText } from "./texts.ts";
import { noteShadow } from "./told.ts";

/** Notes a transaction; asked before its changes are. */
export function noteAll(world: World, writes: readonly Write[]): void {
  checkWrites(world, writes);
  noteWrites(world, writes);
  noteShadow(world, writes);
  let isOfPerson = false;
  for (const write of writes) {
    if (!("put" in write)) {
      isOfPerson ||= "delete" in write;
      continue;
    }
    const { sk } = write.put;
    if (sk === "JOB") notePulled(world, write.put);
    if (sk.startsWith("EVENT#")) checkLate(world, write.put);
    isOfPerson ||= sk === "STATE#PROFILE" || sk === "JOB" || sk.startsWith("STATE#CONSENT#") || sk.startsWith("PROOF#");
  }
  if (isOfPerson || world.observer.erased.size > 0) checkForgotten(world, writes);
  if (isOfPerson) checkProofs(world, writes);
}

function checkState(world: World, { send, from, wasSaidAt }: Extract<Change, { kind: "state" }>): void {
  const { saidAt, waits } = pastOf(world);
  saidAt.set(send.id, world.scheduler.now);
  if (send.state !== "SENT" && !isToldOf(world, send)) checkHandedOut(world, send);
  if (send.state === "PENDING" || send.state === "UNKNOWN") waits.add(send.id);
  else waits.delete(send.id);
  checkOutcome(world, send, { from, wasSaidAt });
  if (from === "PENDING" && send.state !== "SENT") checkJudged(world, send);
}

/** By the provider, who took it and did not send it on: that needs no hand-out. */
const isToldOf = (world: World, { id }: SendSeen) => pastOf(world).reported.has(`Reject ${id}`);

function checkAddressChange(world: World, { address, item }: Extract<Change, { kind: "address" }>): void {
  const said = item["address"] as AddressSaid;
  const before = pastOf(world).stored.get(`${item.pk} ADDRESS`)?.at(-2)?.item?.["address"] as AddressSaid | undefined;
  checkAddress(world, address, { said, before });
  checkClosing(world, address, said);
}

/** Asked at every change, faults or not. */
export function checkChange(world: World, change: Change): void {
  switch (change.kind) {
    case "intent":
      checkIntent(world, change.send);
      checkIntended(world, change.send);
      checkKnown(world, change.send);
      checkPlace(world, change.send);
      break;
    case "claim":
      pastOf(world).saidAt.set(change.send.id, world.scheduler.now);
      checkClaim(world, change.send, change.claim);
      checkRoom(world, change.send, change.claim);
      checkClaimJudged(world, change.send, change.claim);
      checkPlaceOf(world, change.send, change.claim);
      checkHandedOut(world, change.send);
      checkComesBack(world, change.send);
      checkPlace(world, change.send);
      break;
    case "state":
      checkState(world, change);
      checkPlace(world, change.send);
      break;
    case "lease":
      pastOf(world).waits.delete(change.send.id);
      checkLease(world, change.send, change.wasDueAt);
      checkComesBack(world, change.send);
      checkPlace(world, change.send);
      break;
    case "run":
      checkRun(world, change);
      break;
    case "address":
      checkAddressChange(world, change);
      break;
    case "consent":
      checkConsent(world, change);
      break;
    case "called":
      checkCall(world, change.send);
      break;
    case "accepted":
      checkAcceptedOnce(world, change.send);
      checkMail(world, change.mail, change.send);
      if (change.send !== undefined) {
        checkText(world, change.mail, change.send);
        checkTracked(world, change.mail, change.send);
      }
      checkBirthday(world, change.send);
      break;
  }
}
