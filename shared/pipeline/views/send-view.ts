// Decides what the outside sees of a send: ids, states and reasons, no address.
import { iso } from "../../domain/instant.ts";
import type { Ledger, Send } from "../../domain/send.ts";

/** One send as the outside sees it; ids only, no address. */
export function sendView(send: Send, ledger: Ledger) {
  return {
    sendId: send.id,
    profileId: send.profileId,
    campaign: send.campaign,
    step: send.step,
    key: send.key,
    state: ledger.state,
    ...(ledger.reason !== undefined && { reason: ledger.reason }),
    ...(ledger.detail !== undefined && { detail: ledger.detail }),
    intendedAt: iso(send.intendedAt),
    at: iso(ledger.at),
    expiresAt: iso(send.expiresAt),
    ...(ledger.feedback && {
      feedback: Object.fromEntries(Object.entries(ledger.feedback).map(([kind, at]) => [kind, iso(at)])),
    }),
  };
}
