// Decides what the outside sees of a send: ids, states and reasons, no address.
import { type Instant, iso } from "../../domain/instant.ts";
import { reasonOf, type SeenAt, TOO_LATE } from "../../domain/ledger.ts";
import { heldUntil, type StoppedBy, whyText } from "../../domain/send-words.ts";
import type { SendRecord } from "../records/send-record.ts";

/** When a send is looked at, and what stops its campaign's mail then, where that is asked for. */
export type Looking = { now: Instant; stoppedBy?: (campaign: string) => StoppedBy[] };

/**
 * One send as the outside sees it; ids only, no address. `heldUntil`: when the gates are asked again, where they hold it
 * until an instant; `stoppedBy`: what lets it not out today; `why` is all of it in words.
 */
export function sendView({ send, ledger, dueAt }: Omit<SendRecord, "version">, { now, stoppedBy }: Looking) {
  const seen: SeenAt = { now, expiresAt: send.expiresAt, ...(dueAt !== undefined && { dueAt }) };
  const reason = reasonOf(ledger, seen);
  const until = heldUntil(ledger, seen);
  const stops = ledger.state === "PENDING" ? (stoppedBy?.(send.campaign) ?? []) : [];
  return {
    sendId: send.id,
    profileId: send.profileId,
    campaign: send.campaign,
    step: send.step,
    key: send.key,
    template: send.template,
    purpose: send.purpose,
    priority: send.priority,
    arm: send.arm,
    ...(send.splits && { splits: send.splits }),
    state: ledger.state,
    ...((ledger.reason !== undefined || reason === TOO_LATE) && reason !== undefined && { reason }),
    ...(ledger.detail !== undefined && { detail: ledger.detail }),
    ...(stops.length > 0 && { stoppedBy: stops }),
    why: whyText(ledger, reason, stops),
    attempts: ledger.attempts,
    intendedAt: iso(send.intendedAt),
    at: iso(ledger.at),
    ...(until !== undefined && { heldUntil: iso(until) }),
    expiresAt: iso(send.expiresAt),
    ...(ledger.feedback && {
      feedback: Object.fromEntries(Object.entries(ledger.feedback).map(([kind, at]) => [kind, iso(at)])),
    }),
  };
}
