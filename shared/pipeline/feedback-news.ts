// Decides what others, and rules that ask for it, hear of a mail: which feedback is news, and under which id.
import type { Feedback, FeedbackKind } from "../domain/feedback.ts";
import { iso } from "../domain/instant.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Ledger, Send } from "../domain/send.ts";
import type { OwnFact } from "./tell.ts";

/** Clicks and opt-outs are told by whoever takes them, from mails and pages alike; what else is missing here is no news. */
const TYPE_OF: Partial<Record<FeedbackKind, string>> = {
  delivery: "email.delivered",
  bounce: "email.bounced",
  "soft-bounce": "email.bounced",
  complaint: "email.complained",
  reject: "email.rejected",
  "rendering failure": "email.rejected",
  deliverydelay: "email.delayed",
  open: "email.opened",
};

/** What may happen to one mail more than once. */
const REPEATABLE: ReadonlySet<FeedbackKind> = new Set(["deliverydelay", "open"]);

const MORE: Partial<Record<FeedbackKind, JsonObject>> = {
  bounce: { kind: "hard" },
  "soft-bounce": { kind: "soft" },
};

/**
 * The news in feedback on a send; the same feedback is the same news, however often it comes. A mail that was sent once more
 * may have arrived twice: that is one fact, of the earliest instant the ledger has heard of.
 */
export function newsOf({ kind, at }: Feedback, send: Send, ledger: Ledger | undefined): OwnFact | undefined {
  const type = TYPE_OF[kind];
  if (type === undefined) return undefined;
  const { id: sendId, profileId, campaign, step, template, behind, intendedAt } = send;
  const mayRepeat = REPEATABLE.has(kind);
  return {
    profileId,
    type,
    id: `${sendId}/${kind.replace(" ", "-")}${mayRepeat ? `@${iso(at)}` : ""}`,
    occurredAt: mayRepeat ? at : (ledger?.feedback?.[kind] ?? at),
    properties: { ...MORE[kind], campaign, step, sendId, template },
    ...(behind && { behind }),
    // The earlier one of the two may be heard last.
    ...(ledger?.resent && !mayRepeat && { declaredAt: intendedAt }),
  };
}
