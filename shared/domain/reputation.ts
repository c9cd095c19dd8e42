// Decides when bounces or complaints are so many that mail must stop by itself: a campaign's, or the whole account's.
import { type Instant, utcDay } from "./instant.ts";

/** What became of the mails of the window. `bounces`: hard ones only, the address does not exist. */
export type Reputation = { sent: number; delivered: number; bounces: number; complaints: number };

/** How long mails count: those accepted today and on the six UTC days before. */
export const WINDOW_DAYS = 7;

/** A share is too large from `perMille` on, once there were `from` mails to judge by. */
type Limit = { perMille: number; from: number };
type Limits = { bounces: Limit; complaints: Limit };

/**
 * The account's limits come before those of SES, which reviews an account at 5 % hard bounces or 0.1 % complaints and stops
 * it at 10 % or 0.5 % (SES Developer Guide, "Reputation metrics messages"): a campaign stops below SES's review, the
 * account well below SES's stop.
 */
export const LIMITS: Record<"campaign" | "account", Limits> = {
  campaign: { bounces: { perMille: 40, from: 200 }, complaints: { perMille: 1, from: 1_000 } },
  account: { bounces: { perMille: 50, from: 1_000 }, complaints: { perMille: 3, from: 1_000 } },
};

/** Why mail must stop, in words, such as "4.5 % of 220 mails bounced"; `undefined` when it may go on. */
export function pauseReason(of: keyof typeof LIMITS, counts: Reputation): string | undefined {
  const { sent, delivered, bounces, complaints } = counts;
  const limits = LIMITS[of];
  if (isOver(bounces, sent, limits.bounces)) return `${shareText(bounces, sent)} of ${sent} mails bounced`;
  if (isOver(complaints, delivered, limits.complaints))
    return `${shareText(complaints, delivered)} of ${delivered} delivered mails led to a complaint`;
  return undefined;
}

/** Whole numbers only: 8 of 200 is exactly 4 %. */
const isOver = (bad: number, all: number, { perMille, from }: Limit) => all >= from && bad * 1_000 >= all * perMille;

/** "4 %", "4.5 %", "0.12 %". */
const shareText = (part: number, whole: number) => `${Number(((part / whole) * 100).toFixed(2))} %`;

/** First UTC day of the window that an instant is in. */
export const windowStart = (now: Instant): number => utcDay(now) - (WINDOW_DAYS - 1);
