// Decides which clicks in a mail are a person's: machines follow links too, to look for danger or to show a preview.
import { HOUR_MS, type Instant, MINUTE_MS, SECOND_MS } from "./instant.ts";

/** A click as it is kept on the ledger of its send; `link`: a short hash of where it led. */
export type Click = {
  at: Instant;
  link: string;
  /** `trap`: on the link that no person sees; `scanner`: whoever asked said that it is a machine. */
  sign?: "trap" | "scanner";
};

/** What is kept of clicks: the parts of a ledger that are read and written here. */
export type Clicked = { at: Instant; clicks?: Click[]; feedback?: Record<string, Instant> };

/** How long after a click it can turn out to be a machine's: the time around a click on the trap. */
export const TRAP_MS = 10 * MINUTE_MS;
/** Faster than anybody reads: the first click after the mail was accepted, and so many different links. */
const TOO_SOON_MS = 2 * SECOND_MS;
const BURST_MS = 2 * SECOND_MS;
const BURST_LINKS = 3;

/** How long the same link clicked again is the same click: a second look, a program that asks twice, somebody's loop. */
const AGAIN_MS = HOUR_MS;

/** Clicks kept per send, most recent ones first to stay; those on the trap apart, since many clicks must not hide them. */
const MAX_CLICKS = 16;
const MAX_TRAPS = 4;

/** Programs that say who they are: mail security, and previews of chats and mail programs. */
const SCANNERS =
  /barracuda|mimecast|proofpoint|fireeye|symantec|ciscosecureemail|ironport|fortimail|sophos|trend ?micro|google-safety|bingpreview|skypeuripreview|slackbot|facebookexternalhit|whatsapp|telegrambot|twitterbot|linkedinbot|discordbot|\bbot\b|crawler|spider/i;

/** Whether who asks says itself that no person does: a known scanner or preview, or a browser that fetches ahead. */
export function isScanner(headers: Record<string, string | undefined>): boolean {
  const ahead = ["sec-purpose", "purpose", "x-purpose", "x-moz"].map((name) => headers[name] ?? "").join();
  return SCANNERS.test(headers["user-agent"] ?? "") || /prefetch|prerender|preview/i.test(ahead);
}

/**
 * Whether a click is a machine's, by all that is known of its send. The rules: it says so itself; the trap was clicked within
 * ten minutes of it; it came within two seconds of the mail's acceptance; or it is one of three different links within two
 * seconds. What comes later may change the answer from no to yes, until `TRAP_MS` later.
 */
export function isMachine(click: Click, { at: acceptedAt, clicks = [] }: Clicked): boolean {
  const near = (other: Click, ms: number) => Math.abs(other.at - click.at) <= ms;
  const isTrapped = [...clicks, click].some((other) => other.sign === "trap" && near(other, TRAP_MS));
  return click.sign === "scanner" || isTrapped || click.at - acceptedAt < TOO_SOON_MS || isInBurst(click, clicks);
}

function isInBurst(click: Click, clicks: Click[]): boolean {
  const all = [...clicks, click].filter(({ at }) => Math.abs(at - click.at) <= BURST_MS);
  return all.some(({ at: start }) => {
    if (start > click.at) return false;
    const links = all.filter(({ at }) => at >= start && at <= start + BURST_MS).map(({ link }) => link);
    return new Set(links).size >= BURST_LINKS;
  });
}

/** Whether a click is one that was kept already, on the same link and as much a machine's; what a person does after a machine is new. */
export function isRepeat(click: Click, ledger: Clicked): boolean {
  if (click.sign === "trap") return false;
  const isSoonAfter = (other: Click) => other.at < click.at && click.at - other.at < AGAIN_MS;
  const alike = (ledger.clicks ?? []).filter(({ link, sign }) => link === click.link && sign === click.sign);
  return alike.some((other) => isSoonAfter(other) && (click.sign !== undefined || !isMachine(other, ledger)));
}

/**
 * The ledger of a mail after a click: of the clicks of people (`click`) and of machines (`machine-click`) the earliest instants,
 * worked out anew from those that are kept, so that the order in which they come changes nothing. The same ledger: nothing new.
 */
export function withClick<L extends Clicked>(ledger: L, click: Click): L {
  const clicks = keptOf([...(ledger.clicks ?? []).filter((one) => !isSame(one, click)), click]);
  const feedback = { ...ledger.feedback };
  for (const kind of ["click", "machine-click"] as const) {
    const told = clicks.filter((one) => isMachine(one, { ...ledger, clicks }) === (kind === "machine-click"));
    // What no kept click says is of one that is kept no longer, or the provider's own word.
    const before = ledger.feedback?.[kind];
    const isOfKept = clicks.some(({ at }) => at === before);
    const instants = [...told.map(({ at }) => at), ...(before === undefined || isOfKept ? [] : [before])];
    if (instants.length > 0) feedback[kind] = Math.min(...instants);
    else delete feedback[kind];
  }
  const sorted = Object.fromEntries(Object.entries(feedback).sort(([a], [b]) => (a < b ? -1 : 1)));
  const after = { ...ledger, clicks, feedback: sorted };
  return isAsBefore(ledger, after) ? ledger : after;
}

function keptOf(clicks: Click[]): Click[] {
  const sorted = clicks.sort((a, b) => a.at - b.at || (textOf(a) < textOf(b) ? -1 : 1));
  const traps = sorted.filter(({ sign }) => sign === "trap").slice(-MAX_TRAPS);
  const others = sorted.filter(({ sign }) => sign !== "trap").slice(-MAX_CLICKS);
  return sorted.filter((one) => traps.includes(one) || others.includes(one));
}

const textOf = ({ link, sign }: Click) => `${link} ${sign ?? ""}`;
const isSame = (a: Click, b: Click) => a.at === b.at && textOf(a) === textOf(b);

function isAsBefore(before: Clicked, after: Required<Clicked>): boolean {
  const clicks = before.clicks ?? [];
  return (
    clicks.length === after.clicks.length &&
    after.clicks.every((one, index) => isSame(one, clicks[index] as Click)) &&
    ["click", "machine-click"].every((kind) => before.feedback?.[kind] === after.feedback[kind])
  );
}
