// Decides how the gates are explained: each one's word on a mail of a campaign, with the facts it looked at.
import type { Campaign, Purpose } from "./campaign.ts";
import { gates } from "./gate.ts";
import type { Asked, Ceiling, GateFacts } from "./gate-facts.ts";
import { isExistingCustomer } from "./gates/consent.ts";
import { capOf } from "./gates/frequency-cap.ts";
import { rivalOf } from "./gates/priority.ts";
import { armOf } from "./holdout.ts";
import { lengthText, percentText } from "./in-words.ts";
import { type Instant, iso } from "./instant.ts";
import { basisFor } from "./lawful-basis.ts";
import { quietUntil } from "./quiet-hours.ts";
import type { Arm } from "./run.ts";
import { localTime } from "./zone.ts";

/** One gate's word. `until`: when a held mail is asked about again; absent where somebody has to resume first. */
export type GateView = {
  gate: string;
  answer: "pass" | "hold" | "refuse";
  reason?: string;
  until?: string;
  says: string;
};

/** `hasEmailTrait`: there is an e-mail trait, be it an address or not. */
export type GateAsking = {
  profileId: string;
  facts: GateFacts;
  globalHoldout: number;
  hasEmailTrait?: boolean;
  now: Instant;
};

/** Asks every gate about a mail of the campaign that became due now; all of them, also behind one that says no. */
export function askGates(
  campaign: Campaign,
  { profileId, facts, globalHoldout, hasEmailTrait, now }: GateAsking,
): GateView[] {
  if (!campaign.steps.some((step) => step.kind === "send")) return [];
  const send: Asked = {
    id: "",
    purpose: campaign.purpose,
    priority: campaign.priority,
    arm: armOf(profileId, campaign, globalHoldout),
    expiresAt: now + campaign.sendBeforeMs,
  };
  const words = wordsOf({ campaign, facts, globalHoldout, now, send, hasEmailTrait: hasEmailTrait ?? false });
  return Object.entries(gates).map(([gate, ask]) => {
    const result = ask(send, facts, now);
    const says = words[gate] ?? "";
    if (result === undefined || result.kind === "claim") return { gate, answer: "pass", says };
    const { kind: answer, reason } = result;
    const until = result.kind === "hold" ? result.until : undefined;
    return { gate, answer, reason, ...(until !== undefined && { until: iso(until) }), says };
  });
}

type Known = Pick<GateAsking, "facts" | "globalHoldout" | "now"> & {
  campaign: Campaign;
  send: Asked;
  hasEmailTrait: boolean;
};

function wordsOf(known: Known): Record<string, string> {
  const { campaign, facts, send } = known;
  return {
    expiry: `a mail is worth sending for ${lengthText(campaign.sendBeforeMs)} after it became due`,
    campaign: `the campaign is ${facts.campaignStatus}`,
    stop: stopText(known),
    consent: consentText(known),
    address: addressText(known),
    suppression: suppressionText(campaign.purpose, facts),
    "person-pause": pauseText(known),
    "quiet-hours": quietText(known),
    priority: priorityText(known),
    "frequency-cap": capText(known),
    "campaign-ceiling": ceilingText("the campaign", facts.campaignCeiling),
    "account-ceiling": ceilingText("all campaigns together", facts.accountCeiling),
    holdout: armText(send.arm, campaign, known.globalHoldout),
  };
}

/** Never the address itself. */
function addressText({ facts, hasEmailTrait }: Known): string {
  if (facts.email !== undefined) return "there is an e-mail address";
  return hasEmailTrait ? "the e-mail trait is no address mail can go to" : "there is no e-mail trait";
}

/** The first switch that is on. */
function stopText({ facts, now }: Known): string {
  const { campaign, account, provider, quotaUntil } = facts.stop ?? {};
  const [stopped, what] = campaign === undefined ? [account, "all mails were"] : [campaign, "the campaign was"];
  if (stopped !== undefined) {
    const by = stopped.by === "automatic" ? " by Relance itself" : "";
    const why = stopped.reason === undefined ? "" : `: ${stopped.reason}`;
    return `${what} stopped${by} on ${iso(stopped.at)}${why}`;
  }
  if (provider?.state === "paused") return `the mail provider has let nothing leave since ${iso(provider.at)}`;
  if (quotaUntil !== undefined && quotaUntil > now)
    return `the mail provider's daily quota is used up, asked again at ${iso(quotaUntil)}`;
  return provider === undefined
    ? "nothing is stopped"
    : "nothing is stopped, but in its sandbox the mail provider sends to verified addresses only";
}

function consentText({ campaign: { purpose }, facts, now }: Known): string {
  if (purpose === "service") return "a service mail needs no consent";
  const { consent, lastPurchaseAt, settings } = facts;
  if (consent !== undefined) return `${purpose} mail was ${consent.state} on ${iso(consent.at)}`;
  const nothing = `nobody has said anything about ${purpose} mail yet`;
  if (basisFor(settings, purpose, facts.country) === "legitimate-interest")
    return `${nothing}, and ${whereText(facts.country)} it rests on legitimate interest as long as nobody objects`;
  if (settings.existingCustomers === undefined) return nothing;
  const { within, countries } = settings.existingCustomers;
  const where = countries === undefined ? "" : ` in ${countries.join(", ")}`;
  if (isExistingCustomer(facts, now))
    return `${nothing}, but customers of the last ${within}${where} may be written to; bought last on ${iso(lastPurchaseAt as Instant)}`;
  const bought = lastPurchaseAt === undefined ? "never bought" : `bought last on ${iso(lastPurchaseAt)}`;
  const lives = countries === undefined ? "" : `, lives in ${facts.country ?? "a country nobody knows"}`;
  return `${nothing}, and is no customer of the last ${within}${where}: ${bought}${lives}`;
}

const whereText = (country: string | undefined) =>
  country === undefined ? "where the country is not known" : `in ${country}`;

/** What the person chose for a while, not for good. */
function pauseText({ campaign: { purpose }, facts, now }: Known): string {
  const until = facts.address.pauses[purpose];
  return until === undefined || until <= now
    ? "the person has not asked for a pause"
    : `the person asked for no ${purpose} mail until ${iso(until)}`;
}

function suppressionText(purpose: Purpose, { address }: GateFacts): string {
  const reasons = Object.entries(address.suppressions).map(([reason, at]) => `${reason} on ${iso(at)}`);
  const optOut = address.optOuts[purpose];
  if (optOut !== undefined) reasons.push(`opted out of ${purpose} mail on ${iso(optOut)}`);
  return reasons.length === 0 ? "no bounce, complaint or opt-out" : reasons.join(", ");
}

/** The local time the gate looks at, and when mails leave again. */
function quietText({ campaign: { purpose }, facts, now }: Known): string {
  const hours = facts.settings.quietHours[purpose];
  if (hours === undefined) return `${purpose} mails leave at any hour`;
  const until = quietUntil(now, hours, facts.zone);
  const next = until === undefined ? "" : `, next at ${iso(until)}`;
  return `mails wait from ${hours.from} to ${hours.to} where the reader lives (${facts.zone}); now ${localTime(now, facts.zone)}${next}`;
}

function priorityText({ facts, send, now }: Known): string {
  const rival = rivalOf(send, facts.address.waiting, now);
  return rival === undefined
    ? "no more urgent mail to the address is about to leave"
    : `a mail of ${rival.priority} priority to the address goes first, due ${iso(rival.dueAt)}`;
}

/** "3 of 3 within 7 days, free again at ...": the same window that the gate counts in. */
function capText({ campaign: { purpose }, facts, send, now }: Known): string {
  const state = capOf(send, facts, now);
  if (state === undefined) return `${purpose} mails are not counted`;
  const free = state.freeAt === undefined ? "" : `, free again at ${iso(state.freeAt)}`;
  return `${state.used} of ${state.max} within ${state.within}${free}`;
}

/** "200 of 200 today, free again at ...". */
function ceilingText(whose: string, ceiling: Ceiling | undefined): string {
  if (ceiling === undefined) return `${whose} may send any number a day`;
  const { used, most, endsAt } = ceiling;
  return `${whose}: ${used} of ${most} mails today${used < most ? "" : `, free again at ${iso(endsAt)}`}`;
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
