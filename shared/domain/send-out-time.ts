// Decides when everything that waits will have left: an estimate, with the reckoning in words.
import { DAY_MS, type Instant, iso, SECOND_MS } from "./instant.ts";

/**
 * Sends that have not left yet. Of these, `stopped` wait until somebody resumes them, `offline` until their campaign is
 * published live, `sandboxed` until the provider opens; `tooLate` will never leave. `heldUntil`: until when the gates hold the
 * last of the others.
 */
export type Backlog = {
  total: number;
  stopped: number;
  offline: number;
  sandboxed: number;
  tooLate: number;
  heldUntil?: Instant;
};

/** What the provider lets out. `quotaUntil`: nothing more before that instant, the quota of the day is used up. */
export type SendingRate = { perSecond: number; perDay: number; sentToday: number; quotaUntil?: Instant };

/** A `maxPerDay`: of whom, how many of its mails wait, and how full its day is that ends at `endsAt`. */
export type DailyCeiling = { of: string; going: number; used: number; most: number; endsAt: Instant };

/** What else the reckoning looks at. `closed`: why nothing leaves at all; `quietHours`: the shop has some. */
export type SendingLimits = { now: Instant; closed?: string; ceilings?: readonly DailyCeiling[]; quietHours?: boolean };

/** `at` is absent when nothing leaves by itself: somebody has to do something first. */
export type SendOutTime = { at?: Instant; says: string[] };

/** The sends of a backlog that leave by themselves. */
export const goingOf = ({ total, stopped, offline, sandboxed, tooLate }: Backlog): number =>
  total - stopped - offline - sandboxed - tooLate;

/**
 * When the backlog will have left: backlog / rate, and where the daily quota or a ceiling binds, whole windows of 24 hours or
 * whole days. Later when more is decided meanwhile, or gates hold again what they let go.
 */
export function sendOutTime(backlog: Backlog, rate: SendingRate, limits: SendingLimits): SendOutTime {
  const { now, closed } = limits;
  const { total, heldUntil, tooLate } = backlog;
  const going = goingOf(backlog);
  if (total === 0) return { at: now, says: ["Nothing waits to be sent."] };
  const late =
    tooLate === 0 ? [] : [`${mails(tooLate)} waited too long and will not leave: not worth sending any more.`];
  const waiting = waitingFor(backlog);
  if (closed !== undefined && tooLate < total)
    return { says: [`${mails(total - tooLate)} cannot leave: ${closed}.`, ...late] };
  if (going === 0) return { ...(waiting.length === 0 && { at: now }), says: [...waiting, ...late] };
  if (rate.perSecond <= 0 || rate.perDay <= 0)
    return { says: [`${mails(going)} cannot leave: the provider lets none out.`, ...late] };
  const flow = flowOf(going, rate, now);
  const binding = (limits.ceilings ?? []).flatMap((ceiling) => daysOf(ceiling, rate.perSecond) ?? []);
  const at = Math.max(flow.at, heldUntil ?? 0, ...binding.map((days) => days.at));
  const held =
    heldUntil !== undefined && heldUntil > flow.at ? [`The gates hold some of them until ${iso(heldUntil)}.`] : [];
  const quiet = limits.quietHours ? ["Quiet hours may add hours."] : [];
  const says = [...flow.says, ...binding.map((days) => days.says), ...held, ...quiet];
  return { at, says: [...says, ...waiting.map((text) => `Not in this time: ${text}`), ...late] };
}

/** What somebody has to do first, for how many. */
function waitingFor({ stopped, offline, sandboxed }: Backlog): string[] {
  return [
    ...(stopped === 0 ? [] : [`${mails(stopped)} must be resumed first.`]),
    ...(offline === 0
      ? []
      : [`${mails(offline)} of campaigns that are paused in their file: publish them live first.`]),
    ...(sandboxed === 0 ? [] : [`${mails(sandboxed)} to addresses that the provider's sandbox does not let through.`]),
  ];
}

/** How many days a ceiling needs behind this one; `undefined` when today has room for all. */
function daysOf(ceiling: DailyCeiling, perSecond: number): { at: Instant; says: string } | undefined {
  const { of, going, used, most, endsAt } = ceiling;
  const left = Math.max(0, most - used);
  if (going <= left) return undefined;
  const rest = going - left;
  const days = Math.ceil(rest / most);
  const at = endsAt + (days - 1) * DAY_MS + takes(rest - (days - 1) * most, perSecond);
  const today = left === 0 ? "none more today" : `${numberText(left)} more today`;
  const later = days === 1 ? "one day" : `${numberText(days)} days`;
  return { at, says: `maxPerDay of ${of} is ${numberText(most)}, ${today}: the rest needs ${later} behind this one.` };
}

/** How the rate and the daily quota let so many sends out. */
function flowOf(going: number, rate: SendingRate, now: Instant): { at: Instant; says: string[] } {
  const { perSecond, perDay, sentToday, quotaUntil = 0 } = rate;
  const isUsedUp = quotaUntil > now;
  const left = isUsedUp ? 0 : Math.max(0, perDay - sentToday);
  const perWindow = Math.max(1, Math.min(perDay, Math.floor((perSecond * DAY_MS) / SECOND_MS)));
  const plain = `${mails(going)} at ${numberText(perSecond)} a second`;
  if (going <= left || (left >= perWindow && perWindow < perDay))
    return { at: now + takes(going, perSecond), says: [`${plain}.`] };
  const rest = going - left;
  const windows = Math.ceil(rest / perWindow);
  const firstAt = isUsedUp ? quotaUntil : now + DAY_MS;
  const at = firstAt + (windows - 1) * DAY_MS + takes(rest - (windows - 1) * perWindow, perSecond);
  const left24 = left === 0 ? "none more now" : `${numberText(left)} more now`;
  const later = windows === 1 ? "one window" : `${numberText(windows)} windows`;
  const quota = `The provider takes ${numberText(perDay)} in 24 hours, ${left24}: the rest needs ${later} of 24 hours behind this one.`;
  return { at, says: [`${plain}.`, quota] };
}

const takes = (n: number, perSecond: number) => Math.ceil((n / perSecond) * SECOND_MS);

/** `1 mail`, `1,234 mails`. */
const mails = (n: number) => `${numberText(n)} ${n === 1 ? "mail" : "mails"}`;

const numberText = (n: number) => String(n).replace(/^\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ","));
