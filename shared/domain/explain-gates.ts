// Decides how the gates are explained: each one's word on a mail of a campaign, with the facts it looked at.
import type { Campaign, Purpose } from "./campaign.ts";
import { gates } from "./gate.ts";
import type { Asked, GateFacts } from "./gate-facts.ts";
import { armOf } from "./holdout.ts";
import { lengthText, percentText } from "./in-words.ts";
import { type Instant, iso, parseDuration } from "./instant.ts";
import type { Arm } from "./run.ts";

/** One gate's word. `until`: when a held mail is asked about again. */
export type GateView = {
  gate: string;
  answer: "pass" | "hold" | "refuse";
  reason?: string;
  until?: string;
  says: string;
};

export type GateAsking = { profileId: string; facts: GateFacts; globalHoldout: number; now: Instant };

/** Asks every gate about a mail of the campaign that became due now; all of them, also behind one that says no. */
export function askGates(campaign: Campaign, { profileId, facts, globalHoldout, now }: GateAsking): GateView[] {
  if (!campaign.steps.some((step) => step.kind === "send")) return [];
  const send: Asked = {
    id: "",
    purpose: campaign.purpose,
    arm: armOf(profileId, campaign, globalHoldout),
    expiresAt: now + campaign.sendBeforeMs,
  };
  const words = wordsOf({ campaign, facts, globalHoldout, now, arm: send.arm });
  return Object.entries(gates).map(([gate, ask]) => {
    const result = ask(send, facts, now);
    const says = words[gate] ?? "";
    if (result === undefined || result.kind === "claim") return { gate, answer: "pass", says };
    const { kind: answer, reason } = result;
    return { gate, answer, reason, ...(result.kind === "hold" && { until: iso(result.until) }), says };
  });
}

type Known = Pick<GateAsking, "facts" | "globalHoldout" | "now"> & { campaign: Campaign; arm: Arm };

function wordsOf(known: Known): Record<string, string> {
  const { campaign, facts } = known;
  return {
    expiry: `a mail is worth sending for ${lengthText(campaign.sendBeforeMs)} after it became due`,
    campaign: `the campaign is ${facts.campaignStatus}`,
    consent: consentText(campaign.purpose, facts),
    address: facts.email === undefined ? "there is no e-mail address mail can go to" : "there is an e-mail address",
    suppression: suppressionText(campaign.purpose, facts),
    "frequency-cap": capText(campaign.purpose, known),
    holdout: armText(known.arm, campaign, known.globalHoldout),
  };
}

function consentText(purpose: Purpose, { consent }: GateFacts): string {
  if (purpose === "service") return "a service mail needs no consent";
  if (consent === undefined) return `nobody has said anything about ${purpose} mail yet`;
  return `${purpose} mail was ${consent.state} on ${iso(consent.at)}`;
}

function suppressionText(purpose: Purpose, { address }: GateFacts): string {
  const reasons = Object.entries(address.suppressions).map(([reason, at]) => `${reason} on ${iso(at)}`);
  const optOut = address.optOuts[purpose];
  if (optOut !== undefined) reasons.push(`opted out of ${purpose} mail on ${iso(optOut)}`);
  return reasons.length === 0 ? "no bounce, complaint or opt-out" : reasons.join(", ");
}

/** "3 of 3 within 7 days, free again at ...": the same window that the gate counts in. */
function capText(purpose: Purpose, { facts, now }: Known): string {
  if (purpose !== "marketing") return "only marketing mails are counted";
  const { max, within } = facts.settings.frequencyCap.marketing;
  const windowMs = parseDuration(within) as number;
  const claims = facts.address.claims.filter(({ at }) => now - at < windowMs);
  const blocking = claims.at(-max);
  const free = blocking === undefined ? "" : `, free again at ${iso(blocking.at + windowMs)}`;
  return `${claims.length} of ${max} within ${within}${free}`;
}

/** Which arm an entry of this campaign belongs to, and of how many. */
export function armText(
  arm: Arm,
  { holdout, purpose }: Pick<Campaign, "holdout" | "purpose">,
  globalHoldout: number,
): string {
  if (arm === "holdout") return `held out: among the ${percentText(holdout)} that get nothing of this campaign`;
  if (arm === "global-holdout") return `held out: among the ${percentText(globalHoldout)} that get no marketing at all`;
  return purpose === "service" || (holdout === 0 && globalHoldout === 0)
    ? "nobody is held out"
    : `treated: not among the held out (campaign ${percentText(holdout)}, all marketing ${percentText(globalHoldout)})`;
}
