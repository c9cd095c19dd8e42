// Decides what must be true once the faults have stopped and nothing is left to do: every send (I3, I4, I15), every event (I2,
// I10), every address, and how much work that took (I17, I18).
import { type SendSeen, TERMINAL } from "../model.ts";
import { durationMs } from "../rules.ts";
import type { World } from "../stage.ts";
import { checkClicks } from "./clicks.ts";
import { checkConsentFold, checkOpenAtEnd } from "./closing.ts";
import { checkEntries } from "./entries.ts";
import { checkErased } from "./erased.ts";
import { checkBirthdays, checkEvents, checkFold } from "./events.ts";
import { checkSoftBounces } from "./feedback.ts";
import { checkHolders } from "./holders.ts";
import { isOver } from "./limits.ts";
import { checkListed } from "./listed.ts";
import { checkReserved, checkWaiting } from "./machinery.ts";
import { checkNews } from "./news.ts";
import { checkHeard } from "./outcomes.ts";
import { pastOf } from "./past.ts";
import { checkProofsKept } from "./proofs.ts";
import { checkLedger, checkSums } from "./sums.ts";

export async function checkEnd(world: World, isDrained: boolean): Promise<void> {
  const { observer } = world;
  if (!isDrained) world.violation("I17", `not drained in time: ${openOf(world).join(", ")}`);
  for (const send of observer.sends.values()) checkSend(world, send);
  checkAddresses(world);
  checkAcceptedMails(world);
  checkEvents(world, world.log);
  checkBirthdays(world);
  for (const person of observer.people.values()) {
    checkFold(world, person);
    checkConsentFold(world, person);
    checkOpenAtEnd(world, person);
  }
  for (const send of observer.sends.values()) checkHeard(world, send);
  checkSoftBounces(world);
  checkHolders(world);
  checkNews(world);
  checkListed(world);
  await checkClicks(world);
  await checkProofsKept(world);
  await checkErased(world);
  checkEntries(world);
  checkReserved(world);
  checkWaiting(world);
  const handedOut = world.queues.sends.sent;
  const due = observer.intents + observer.leases;
  if (handedOut > 3 * due) world.violation("I18", `${handedOut} messages on the sends queue for ${due} due items`);
  await checkSums(world);
  // Counting reads every list: one seed in ten is enough.
  if (world.scheduler.random() < 0.1) await checkLedger(world);
}

function openOf({ observer, queues, living }: World): string[] {
  const sends = [...observer.sends.values()].filter(({ state }) => !TERMINAL.has(state));
  return [
    ...sends.map(
      ({ campaign, id, state, reason, isHeld }) => `${campaign} ${id.slice(0, 6)} ${state} ${reason} ${isHeld}`,
    ),
    ...observer.openRuns(),
    ...observer.openJobs(),
    ...Object.entries(queues).map(([name, { messages, dead }]) => `${name}: ${messages.size}+${dead.length}`),
    ...[...living].map(({ name }) => name),
  ];
}

const ACCEPTED_ENDS: ReadonlySet<string> = new Set(["SENT", "UNKNOWN", "ABANDONED"]);

function checkSend(world: World, send: SendSeen): void {
  const what = `${send.campaign}/${send.step} ${send.id.slice(0, 6)} is ${send.state}(${send.reason ?? ""})`;
  if (!TERMINAL.has(send.state)) world.violation("I3", `${what} at the end`);
  if (send.state === "SENT" && send.accepted.length === 0) world.violation("I4", `${what} and was never accepted`);
  const isBack = send.state === "REJECTED" && pastOf(world).heard.has(`Reject ${send.id}`);
  if (send.accepted.length > 0 && !ACCEPTED_ENDS.has(send.state) && !isBack)
    world.violation("I4", `${what} and was accepted`);
}

/** What an address counts is what was sent to it, or may have been; nothing that was given back stays. */
function checkAddresses(world: World): void {
  const { observer, scheduler } = world;
  for (const { pk, claims } of observer.addresses.values()) {
    for (const { sendId, shadow, purpose } of claims) {
      const send = observer.sends.get(sendId);
      const state = `${send?.state}(${send?.reason ?? ""})`;
      const fits = shadow === true ? state === "REFUSED(holdout)" : ACCEPTED_ENDS.has(send?.state ?? "");
      if (!fits) world.violation("I7", `${pk} counts a ${purpose} claim of ${sendId.slice(0, 6)}, which is ${state}`);
    }
  }
  for (const send of observer.sends.values()) {
    const claim = send.claims.at(-1);
    if (send.state !== "SENT" || claim?.address === undefined || claim.at < scheduler.now - durationMs("30 days"))
      continue;
    if (!observer.addressAt(claim.address).claims.some(({ sendId }) => sendId === send.id))
      world.violation("I7", `${send.campaign} ${send.id.slice(0, 6)} was sent and its address does not count it`);
  }
}

/** Clocks differ, and a call takes a while: so much less than the window two mails may lie apart. */
const BLUR_MS = 100_000;

/** The caps once more, on the mails that the provider took. */
function checkAcceptedMails(world: World): void {
  const { observer, rules } = world;
  if (observer.publications.length > 1) return;
  const published = observer.publications.flatMap(({ revision }) => rules.byRevision.get(revision) ?? []);
  const byTo = Map.groupBy(
    observer.mails.filter(
      ({ mail }) =>
        observer.sends.get(mail.sendId)?.purpose === "marketing" && !pastOf(world).heard.has(`Reject ${mail.sendId}`),
    ),
    ({ mail }) => mail.to,
  );
  for (const [to, mails] of byTo) {
    const instants = mails.map(({ at }) => at);
    const over = published.every(({ settings: { frequencyCap } }) =>
      isOver(instants, frequencyCap.marketing.max, durationMs(frequencyCap.marketing.within) - BLUR_MS),
    );
    if (over) world.violation("I7", `${to} got more marketing mails than any cap allows`);
  }
}
