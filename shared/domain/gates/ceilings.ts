// Decides whether a day has room left: the campaign's own ceiling, then the account's.
import type { Asked, Ceiling, Gate } from "../gate-facts.ts";
import { type Instant, MINUTE_MS } from "../instant.ts";

export const campaignCeilingGate: Gate = (send, { campaignCeiling }, now) =>
  ceilingAnswer(send, { ceiling: campaignCeiling, reason: "campaign-ceiling" }, now);

export const accountCeilingGate: Gate = (send, { accountCeiling }, now) =>
  ceilingAnswer(send, { ceiling: accountCeiling, reason: "account-ceiling" }, now);

type Asking = { ceiling: Ceiling | undefined; reason: "campaign-ceiling" | "account-ceiling" };

/** Holds a full day's sends until the next day begins when that is before they expire, else refuses them. */
function ceilingAnswer({ arm, expiresAt }: Asked, { ceiling, reason }: Asking, now: Instant): ReturnType<Gate> {
  // Nothing of a held-out send leaves, so it takes no room either.
  if (ceiling === undefined || arm !== "treated") return undefined;
  const { used, most, endsAt, mayFreeUp } = ceiling;
  // A count of a day that is over says nothing about this one.
  if (used < most || now >= endsAt) return undefined;
  const until = mayFreeUp ? Math.min(now + MINUTE_MS, endsAt) : endsAt;
  return until < expiresAt ? { kind: "hold", until, reason } : { kind: "refuse", reason };
}
