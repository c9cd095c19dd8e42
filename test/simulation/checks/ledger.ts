// Decides whether a send's ledger and places agree: accepted at most once (I1), one index or none, leases only of what is due.
import type { Instant } from "../../../shared/domain/instant.ts";
import { type SendSeen, TERMINAL } from "../model.ts";
import type { World } from "../stage.ts";

/** A clock that is ahead sees as due what is not. */
const AHEAD_MS = 31_000;

const nameOf = (send: SendSeen) => `${send.campaign}/${send.step} ${send.id.slice(0, 6)}`;

export function checkAcceptedOnce(world: World, send: SendSeen | undefined): void {
  if (send === undefined) {
    world.violation("I1", "a mail was accepted that no send stands for");
    return;
  }
  const most = send.purpose === "service" && send.unknowns > 0 ? 2 : 1;
  if (send.accepted.length > most)
    world.violation("I1", `${nameOf(send)} (${send.purpose}) was accepted ${send.accepted.length} times`);
  if (send.state !== "CLAIMED") world.violation("I4", `${nameOf(send)} was accepted while it was ${send.state}`);
  if (send.arm !== "treated") world.violation("holdout", `${nameOf(send)} went to somebody held out`);
}

/** A claimed mail leaves at once: what was judged may not be true any more later. */
const AT_ONCE_MS = 1_000;

export function checkCall(world: World, send: SendSeen | undefined): void {
  const claim = send?.claims.at(-1);
  if (send === undefined || claim === undefined || send.state !== "CLAIMED") {
    world.violation("I1", `the mailer was called for ${send ? nameOf(send) : "no send"}, which was not claimed`);
    return;
  }
  const ms = world.scheduler.now - claim.trueAt;
  if (ms > AT_ONCE_MS) world.violation("at-once", `${nameOf(send)} was claimed, and the mailer called ${ms} ms later`);
}

export function checkPlace(world: World, send: SendSeen): void {
  const { state, dueAt, isHeld } = send;
  const isDue = dueAt !== undefined;
  const fits = TERMINAL.has(state) ? !isDue && !isHeld : state === "PENDING" ? isDue !== isHeld : isDue && !isHeld;
  if (!fits)
    world.violation(
      "due-index",
      `${nameOf(send)} is ${state}, ${isDue ? "" : "not "}due and ${isHeld ? "" : "not "}held`,
    );
}

export function checkLease(world: World, send: SendSeen, wasDueAt: string | undefined): void {
  if (wasDueAt === undefined || send.dueAt === undefined) return;
  const at: Instant = Date.parse(wasDueAt);
  if (at > world.scheduler.now + AHEAD_MS || send.dueAt <= wasDueAt)
    world.violation("lease", `${nameOf(send)} was leased, and due at ${wasDueAt} (then ${send.dueAt})`);
}
