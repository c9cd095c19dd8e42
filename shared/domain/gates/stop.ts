// Decides whether somebody stopped it: the campaign's switch, the account's, the provider's own, or its daily quota.
import type { Gate } from "../gate-facts.ts";

/** A sandbox passes: only the mailer knows which addresses are verified. A switch holds until somebody resumes. */
export const stopGate: Gate = ({ expiresAt }, { stop = {} }, now) => {
  const { campaign, account, provider, quotaUntil } = stop;
  if (campaign !== undefined) return { kind: "hold", reason: "paused" };
  if (account !== undefined || provider?.state === "paused") return { kind: "hold", reason: "account-paused" };
  if (quotaUntil === undefined || quotaUntil <= now) return undefined;
  return { kind: "hold", until: Math.min(quotaUntil, expiresAt), reason: "daily-quota" };
};
