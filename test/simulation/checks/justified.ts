// Decides whether every hold and every refusal had its reason when it was written: the first gate in the one order that
// objected, and no other; and that a claim was made where none of them objects.
import type { Instant } from "../../../shared/domain/instant.ts";
import type { Claim, SendSeen } from "../model.ts";
import { inForce } from "../rules.ts";
import type { World } from "../stage.ts";
import type { Asking, OwnGate } from "./asking.ts";
import { factsOf, ownGates, traitsOf } from "./may.ts";
import { textOf } from "./past.ts";

const nameOf = (send: SendSeen) =>
  `${send.campaign}/${send.step} ${send.id.slice(0, 6)} (${send.purpose}, ${send.priority}, ${send.arm})`;

/** A word the gates gave about a send that was pending. */
export function checkJudged(world: World, send: SendSeen): void {
  const { state, reason = "" } = send;
  // Of an erased person nothing is known any more, and what is left of their sends goes away.
  if (state === "REFUSED" && world.observer.erased.has(send.profileId)) return;
  if (reason === "not-renderable") {
    checkNotRenderable(world, send);
    return;
  }
  const isHold = state === "PENDING";
  const word = `${nameOf(send)} became ${state}(${reason})`;
  if (isHold !== reason in HELD_UNTIL && !(reason in EITHER))
    world.violation("justified", `${word}, which is no word of any gate`);
  if ((reason === "expired") !== (state === "EXPIRED") && state !== "ABANDONED")
    world.violation("justified", `${word}: what is over is EXPIRED, nothing else is`);
  if (send.isHeld !== (HELD_UNTIL[reason] === "resume" && isHold))
    world.violation("justified", `${word} ${send.isHeld ? "until a resume" : `until ${send.dueAt}`}`);
  const facts = factsOf(world, send);
  const asked = inForce(world.observer, world.rules, world.scheduler.now).map((rules) =>
    tried({ world, send, at: send.saidAt, rules, reason, isHold, facts }),
  );
  if (asked.includes("fits")) return;
  const says = { at: send.saidAt, word, until: send.dueAt };
  if (asked.includes("order"))
    world.violation("order-of-gates", `${word}, and a gate before that one objects (${text(says)})`);
  else world.violation("justified", `${word}, and there is no such reason (${text(says)})`);
}

const text = ({ at, until }: { at: Instant; until: string | undefined }) =>
  `at ${new Date(at).toISOString()}${until === undefined ? "" : `, until ${until}`}`;

const HELD_UNTIL: Record<string, "resume" | "instant"> = {
  paused: "resume",
  "account-paused": "resume",
  "daily-quota": "instant",
  "person-paused": "instant",
  "quiet-hours": "instant",
  priority: "instant",
  "frequency-cap": "instant",
  "campaign-ceiling": "instant",
  "account-ceiling": "instant",
};
/** Holds that become refusals where there is no time left. */
const EITHER: Record<string, true> = {
  "person-paused": true,
  "quiet-hours": true,
  priority: true,
  "frequency-cap": true,
  "campaign-ceiling": true,
  "account-ceiling": true,
};

/** What the own gates make of a word under some rules. */
function tried(asking: Asking): "fits" | "order" | "no" {
  let isFree = true;
  let found: "order" | "no" = "no";
  for (const { reasons, may } of ownGates) {
    const { pass, object } = may(asking);
    if (reasons.includes(asking.reason) && object) {
      if (isFree) return "fits";
      found = "order";
    }
    isFree &&= pass;
  }
  return found;
}

/** Whoever claims has a place under the ceilings already. */
const CLAIM_GATES: OwnGate[] = ownGates.filter(({ reasons }) => !reasons.some((one) => one.endsWith("-ceiling")));

export function checkClaimJudged(world: World, send: SendSeen, claim: Claim): void {
  const facts = factsOf(world, send);
  const objections = inForce(world.observer, world.rules, world.scheduler.now).map((rules) =>
    objectionTo({ world, send, at: claim.at, rules, reason: "", isHold: false, facts }),
  );
  if (!objections.includes(undefined))
    world.violation("gate", `${nameOf(send)} was claimed, and a gate objects: ${objections[0]}`);
}

function objectionTo(asking: Asking): string | undefined {
  return CLAIM_GATES.find(({ may }) => !may(asking).pass)?.reasons.join(" or ");
}

/** Variables without which a template of the shop cannot be rendered. */
const NEEDED: Record<string, string> = { picky: "nickname" };

function checkNotRenderable(world: World, send: SendSeen): void {
  const needed = NEEDED[send.template];
  const isMissing =
    needed !== undefined && factsOf(world, send).people.some((item) => textOf(traitsOf(item), needed) === undefined);
  if (!isMissing || send.state === "PENDING")
    world.violation(
      "justified",
      `${nameOf(send)} is ${send.state}(not-renderable), and ${send.template} lacks nothing`,
    );
}
