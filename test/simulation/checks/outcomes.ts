// Decides whether the next word about a send may follow from the one before: what the provider said, how long nobody knew, and
// when it is looked at again.
import type { SendSeen } from "../model.ts";
import type { World } from "../stage.ts";
import { isRough, pastOf } from "./past.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const UNKNOWN_MS = 6 * HOUR_MS;
/** Clocks differ by so much. */
const SKEW_MS = 95_000;

const nameOf = (send: SendSeen) => `${send.campaign}/${send.step} ${send.id.slice(0, 6)} (${send.purpose})`;

/** The reason a send waits with after the provider refused it, with how long it may wait at most; "resume": until somebody says so. */
const AFTER_NO: Record<string, { kind: string; most: number | "resume" }> = {
  mail_throttled: { kind: "throttled", most: 64 * MINUTE_MS },
  "daily-quota": { kind: "quota", most: HOUR_MS + SKEW_MS },
  "account-paused": { kind: "paused", most: "resume" },
  sandbox: { kind: "sandbox", most: "resume" },
};
const AGAIN_MS = 64 * 5_000;

/** `wasSaidAt`: when the word before was said, by the clock of who said it. */
export function checkOutcome(
  world: World,
  send: SendSeen,
  { from, wasSaidAt }: { from: string; wasSaidAt: number },
): void {
  const { state, reason = "" } = send;
  const wrong = wrongStep(world, send, { from, wasSaidAt });
  if (wrong !== undefined)
    world.violation("outcome", `${nameOf(send)} was ${from} and became ${state}(${reason}): ${wrong}`);
}

function wrongStep(world: World, send: SendSeen, before: { from: string; wasSaidAt: number }): string | undefined {
  const { from } = before;
  const { state, reason } = send;
  if (isRejectedLater(world, send)) return undefined;
  if (state === "SENT") return send.accepted.length > 0 ? undefined : "the provider never accepted it";
  if (from === "CLAIMED") return afterCall(world, send);
  if (from === "UNKNOWN") return afterDoubt(send, before);
  if (from !== "PENDING") return "that was its end";
  if (state === "CLAIMED") return undefined;
  const given = send.unknowns > 0 ? "ABANDONED" : reason === "expired" ? "EXPIRED" : "REFUSED";
  return state === "PENDING" || state === given ? undefined : `its end is ${given}`;
}

/** The provider took it and then told that it did not send it on. */
const isRejectedLater = (world: World, { id, state, unknowns }: SendSeen) =>
  pastOf(world).reported.has(`Reject ${id}`) && (state === "REJECTED" || (state === "ABANDONED" && unknowns > 0));

/** The provider's answer to the latest call, if it said no. */
function answerTo(world: World, send: SendSeen): string | undefined {
  const answer = pastOf(world).refusals.get(send.id)?.at(-1);
  const claimedAt = send.claims.at(-1)?.trueAt ?? 0;
  return answer !== undefined && answer.at >= claimedAt ? answer.kind : undefined;
}

function afterCall(world: World, send: SendSeen): string | undefined {
  const { state, reason = "", saidAt, dueAt } = send;
  const answer = answerTo(world, send);
  const waits = dueAt === undefined ? "resume" : Date.parse(dueAt) - saidAt;
  if (state === "UNKNOWN") {
    if (world.mailer.lookup(send.id) !== "unknowable") return "the provider can tell";
    return waits === UNKNOWN_MS ? undefined : `it is looked at again after ${waits} ms`;
  }
  if (state === "PENDING" && reason === "not-accepted") {
    if (world.mailer.lookup(send.id) !== "not-accepted") return "the provider does not say so";
    return waits !== "resume" && waits <= AGAIN_MS ? undefined : `it waits for ${waits} ms`;
  }
  if (state === "PENDING") {
    // Where the switch could not be written the send comes back by itself.
    const expected =
      AFTER_NO[reason] ??
      (answer && reason === `mail_${answer}` ? { kind: answer, most: HOUR_MS + SKEW_MS } : undefined);
    if (expected === undefined || expected.kind !== answer) return `the provider said ${answer}`;
    const fits = expected.most === "resume" ? waits === "resume" : waits !== "resume" && waits <= expected.most;
    return fits ? undefined : `it waits for ${waits} ms`;
  }
  const end = send.unknowns > 0 ? "ABANDONED" : "REJECTED";
  if (answer !== "rejected") return `the provider said ${answer}`;
  return state === end ? undefined : `its end is ${end}`;
}

function afterDoubt(send: SendSeen, { wasSaidAt }: { wasSaidAt: number }): string | undefined {
  const { state, reason, saidAt, unknowns, purpose } = send;
  if (saidAt - wasSaidAt < UNKNOWN_MS) return `nobody knew for ${saidAt - wasSaidAt} ms only`;
  const mayGoAgain = purpose === "service" && unknowns === 1;
  if (state === "ABANDONED") return mayGoAgain ? "it may be sent once more" : undefined;
  return state === "PENDING" && reason === "sent-again" && mayGoAgain ? undefined : "that is no end of a doubt";
}

/** What the provider told is what the ledger says in the end. */
export function checkHeard(world: World, send: SendSeen): void {
  const { heard } = pastOf(world);
  const { state } = send;
  // Of a mail that was sent once more the other one may have arrived.
  if (heard.has(`Reject ${send.id}`) && send.accepted.length < 2 && !isRejectedLater(world, send))
    world.violation("outcome", `${nameOf(send)} is ${state} at the end, and the provider did not send it on`);
  for (const kind of ["Delivery", "Bounce", "Complaint", "DeliveryDelay", "Open", "Subscription"])
    if (heard.has(`${kind} ${send.id}`) && state !== "SENT")
      world.violation("outcome", `${nameOf(send)} is ${state} at the end, and the provider told of its ${kind}`);
  const { reached } = world.faults as unknown as { reached: Record<string, number> };
  const mayDoubt = isRough(world) || (reached["mail-timeout"] ?? 0) + (reached["mail-timeout-accepted"] ?? 0) > 0;
  if (!mayDoubt && (send.unknowns > 0 || state === "ABANDONED"))
    world.violation("outcome", `${nameOf(send)} is ${state}, and the provider answered every call`);
}
