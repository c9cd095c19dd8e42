// Decides when everything that waits will have left: an estimate, with the reckoning in words.
import { DAY_MS, type Instant, iso, SECOND_MS } from "./instant.ts";

/**
 * Sends that have not left yet. `stopped`: of these, those that wait until somebody resumes them. `heldUntil`: until when the
 * gates hold the last of the others.
 */
export type Backlog = { total: number; stopped: number; heldUntil?: Instant };

/** What the provider lets out. `quotaUntil`: nothing more before that instant, the quota of the day is used up. */
export type SendingRate = { perSecond: number; perDay: number; sentToday: number; quotaUntil?: Instant };

/** `at` is absent when nothing leaves by itself: somebody has to do something first. */
export type SendOutTime = { at?: Instant; says: string[] };

/**
 * When the backlog will have left: backlog / rate, and where the daily quota binds, whole windows of 24 hours. Later when
 * more is decided meanwhile, or gates hold again what they let go. `closed`: why nothing leaves at all.
 */
export function sendOutTime(
  { total, stopped, heldUntil }: Backlog,
  rate: SendingRate,
  { now, closed }: { now: Instant; closed?: string },
): SendOutTime {
  const going = total - stopped;
  if (total === 0) return { at: now, says: ["Nothing waits to be sent."] };
  if (closed !== undefined) return { says: [`${sends(total)} cannot leave: ${closed}.`] };
  if (going === 0) return { says: [`${sends(total)} must be resumed first.`] };
  if (rate.perSecond <= 0 || rate.perDay <= 0)
    return { says: [`${sends(going)} cannot leave: the provider lets none out.`] };
  const waiting = stopped === 0 ? [] : [`Not in this time: ${sends(stopped)} that must be resumed first.`];
  const flow = flowOf(going, rate, now);
  if (heldUntil === undefined || heldUntil <= flow.at) return { at: flow.at, says: [...flow.says, ...waiting] };
  return { at: heldUntil, says: [...flow.says, `The gates hold some of them until ${iso(heldUntil)}.`, ...waiting] };
}

/** How the rate and the daily quota let so many sends out. */
function flowOf(going: number, rate: SendingRate, now: Instant): { at: Instant; says: string[] } {
  const { perSecond, perDay, sentToday, quotaUntil = 0 } = rate;
  const isUsedUp = quotaUntil > now;
  const left = isUsedUp ? 0 : Math.max(0, perDay - sentToday);
  const perWindow = Math.max(1, Math.min(perDay, Math.floor((perSecond * DAY_MS) / SECOND_MS)));
  const plain = `${sends(going)} at ${numberText(perSecond)} a second`;
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

/** `1 send`, `1,234 sends`. */
const sends = (n: number) => `${numberText(n)} ${n === 1 ? "send" : "sends"}`;

const numberText = (n: number) => String(n).replace(/^\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ","));
