// Decides which checks are asked when something takes effect.
import type { Change } from "../model.ts";
import type { World } from "../stage.ts";
import { checkAddress } from "./addresses.ts";
import { checkIntent, checkRun } from "./causes.ts";
import { checkClaim } from "./claims.ts";
import { checkAcceptedOnce, checkCall, checkLease, checkPlace } from "./ledger.ts";
import { checkRoom } from "./limits.ts";
import { checkBirthday, checkMail } from "./mails.ts";

/** Asked at every change, faults or not. */
export function checkChange(world: World, change: Change): void {
  switch (change.kind) {
    case "intent":
      checkIntent(world, change.send);
      checkPlace(world, change.send);
      break;
    case "claim":
      checkClaim(world, change.send, change.claim);
      checkRoom(world, change.send, change.claim);
      checkPlace(world, change.send);
      break;
    case "state":
      checkPlace(world, change.send);
      break;
    case "lease":
      checkLease(world, change.send, change.wasDueAt);
      checkPlace(world, change.send);
      break;
    case "run":
      checkRun(world, change);
      break;
    case "address":
      checkAddress(world, change.address, change.item);
      break;
    case "consent":
      if (change.before === "denied" && change.after !== "denied")
        world.violation("I6", `the consent of ${change.profileId} was denied and became ${change.after}`);
      break;
    case "called":
      checkCall(world, change.send);
      break;
    case "accepted":
      checkAcceptedOnce(world, change.send);
      checkMail(world, change.mail, change.send);
      checkBirthday(world, change.send);
      break;
  }
}
