// Decides what a new state of a send means: an intent, a claim, a lease, or the next word in its ledger.
import type { Instant } from "../../shared/domain/instant.ts";
import type { Item } from "../../shared/pipeline/ports.ts";
import type { Change, Claim, PersonSeen, SendSeen } from "./model.ts";
import type { World } from "./stage.ts";

type LedgerSeen = { state: string; reason?: string; at: Instant; attempts: number; address?: string };
type Known = Pick<
  SendSeen,
  | "id"
  | "profileId"
  | "campaign"
  | "revision"
  | "step"
  | "key"
  | "template"
  | "purpose"
  | "priority"
  | "arm"
  | "causeSk"
  | "causeAt"
  | "intendedAt"
  | "expiresAt"
>;

const NOBODY: PersonSeen["email"] = { now: undefined, before: undefined, since: 0 };

/** The send after a commit, and what happened to it. */
export function notedSend(world: World, known: SendSeen | undefined, item: Item): { send: SendSeen; change: Change[] } {
  const ledger = item["ledger"] as unknown as LedgerSeen;
  const now = world.scheduler.now;
  if (known === undefined) {
    world.observer.intents++;
    const born = item["send"] as unknown as Known;
    const bornFor = world.observer.people.get(born.profileId)?.email.now;
    const send: SendSeen = { ...born, ...begun(ledger), ...placed(item), bornAt: now, bornFor };
    return { send, change: [{ kind: "intent", send }] };
  }
  const { state: from, saidAt: wasSaidAt } = known;
  const wasDueAt = known.dueAt;
  const isClaim = ledger.state === "CLAIMED" && (from !== "CLAIMED" || ledger.attempts > known.attempts);
  const isSame = ledger.state === from && ledger.at === known.saidAt && ledger.reason === known.reason;
  const { state, reason, attempts, at: saidAt } = ledger;
  Object.assign(known, placed(item), { state, reason, attempts, saidAt });
  if (isClaim) return { send: known, change: [claimed(world, known, ledger)] };
  if (isSame && item.dueAt !== wasDueAt) {
    if (wasDueAt !== undefined) world.observer.leases++;
    return { send: known, change: [{ kind: "lease", send: known, wasDueAt }] };
  }
  if (from !== ledger.state || ledger.state === "PENDING") noteState(world, known, { ledger, from });
  return { send: known, change: [{ kind: "state", send: known, from, wasSaidAt }] };
}

const begun = (ledger: LedgerSeen) => ({
  state: ledger.state,
  reason: ledger.reason,
  attempts: ledger.attempts,
  saidAt: ledger.at,
  claims: [],
  calls: 0,
  accepted: [],
  unknowns: 0,
});

const placed = (item: Item) => ({
  version: item.version as number,
  dueAt: item.dueAt,
  isHeld: item.listPk?.startsWith("HELD#") === true,
});

function claimed(world: World, send: SendSeen, ledger: LedgerSeen): Change {
  const { scheduler, counts } = world;
  counts["claims"] = (counts["claims"] ?? 0) + 1;
  const claim: Claim = {
    sendId: send.id,
    campaign: send.campaign,
    purpose: send.purpose,
    at: ledger.at,
    trueAt: scheduler.now,
    address: ledger.address,
    email: world.observer.people.get(send.profileId)?.email ?? NOBODY,
    isGivenBack: false,
  };
  send.claims.push(claim);
  world.observer.claims.push(claim);
  return { kind: "claim", send, claim };
}

const HOLDS = {
  paused: "held-by-switch",
  "account-paused": "held-by-switch",
  "quiet-hours": "held-by-quiet-hours",
  "frequency-cap": "held-by-cap",
  priority: "held-by-priority",
  "campaign-ceiling": "held-by-ceiling",
  "account-ceiling": "held-by-ceiling",
} as const;

function noteState(
  world: World,
  send: SendSeen,
  { ledger: { state, reason }, from }: { ledger: LedgerSeen; from: string },
): void {
  const { faults, counts } = world;
  const last = send.claims.at(-1);
  if (state === "UNKNOWN") {
    send.unknowns++;
    faults.note("unknown-outcome");
  }
  // From a claim straight to something else than doubt: the provider certainly did not take it.
  const isRefused = state === "REJECTED" || (from === "CLAIMED" && (state === "PENDING" || state === "ABANDONED"));
  if (isRefused && last !== undefined && !last.isGivenBack) {
    last.isGivenBack = true;
    last.givenBackAt = world.scheduler.now;
    faults.note("claim-given-back");
  }
  const hold = state === "PENDING" ? HOLDS[reason as keyof typeof HOLDS] : undefined;
  if (hold !== undefined) faults.note(hold);
  const name = `${state}${reason === undefined ? "" : `(${reason})`}`;
  counts[name] = (counts[name] ?? 0) + 1;
}
