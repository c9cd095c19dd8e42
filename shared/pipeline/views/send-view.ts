// Decides what the outside sees of a send: ids, states and reasons, no address.
import { type Instant, iso } from "../../domain/instant.ts";
import { reasonOf } from "../../domain/ledger.ts";
import type { Ledger, Send } from "../../domain/send.ts";
import { heldUntil, whyText } from "../../domain/send-words.ts";

/**
 * One send as the outside sees it; ids only, no address. `heldUntil`: when the gates are asked again, where they hold it
 * until an instant; `why` is the state and reason in words.
 */
export function sendView(send: Send, ledger: Ledger, dueAt?: Instant) {
  const reason = reasonOf(ledger, dueAt);
  const until = heldUntil(ledger, dueAt);
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
    ...(ledger.reason !== undefined && reason !== undefined && { reason }),
    ...(ledger.detail !== undefined && { detail: ledger.detail }),
    why: whyText(ledger, reason),
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
