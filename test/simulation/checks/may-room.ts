// Decides whether there may have been no room for a send: the caps of its address, and the ceilings of a day.
import type { Instant } from "../../../shared/domain/instant.ts";
import type { SendSeen } from "../model.ts";
import { durationMs } from "../rules.ts";
import type { Asking, May, OwnGate } from "./asking.ts";
import { wallClock } from "./local-time.ts";
import { FRESH_MS, lately, pastOf } from "./past.ts";

type Taken = { address: string | undefined; at: Instant; isSure: boolean };

/** Every claim that may count for a send; `isSure`: it must have been seen, and nobody took it back. */
function takenFor({ world, send }: Asking): Taken[] {
  const now = world.scheduler.now;
  const found: Taken[] = [];
  const { reported } = pastOf(world);
  for (const { sendId, purpose, address, at, trueAt, isGivenBack, givenBackAt } of world.observer.claims) {
    if (sendId === send.id || purpose !== send.purpose) continue;
    if (givenBackAt !== undefined && givenBackAt < now - FRESH_MS) continue;
    found.push({ address, at, isSure: !isGivenBack && trueAt < now - FRESH_MS && !reported.has(`Reject ${sendId}`) });
  }
  if (send.arm === "treated") return found;
  for (const { sendId, purpose, address, at, trueAt } of pastOf(world).shadows)
    if (sendId !== send.id && purpose === send.purpose)
      found.push({ address, at, isSure: trueAt < now - FRESH_MS && world.observer.sends.has(sendId) });
  return found;
}

export const cap: OwnGate = {
  reasons: ["frequency-cap"],
  may: (asking) => {
    const { send, at, rules, isHold, facts } = asking;
    const limit = rules.settings.frequencyCap[send.purpose as "marketing" | "service"];
    if (limit === undefined) return { pass: true, object: false };
    const [windowMs, taken] = [durationMs(limit.within), takenFor(asking)];
    const isFull = (address: string | undefined, by: Instant, sure: boolean) =>
      taken.filter((one) => one.address === address && one.at > by - windowMs && (!sure || one.isSure)).length >=
      limit.max;
    const until = Date.parse(send.dueAt ?? "");
    const fits = (address: string | undefined) =>
      isFull(address, at, false) &&
      (isHold
        ? until < send.expiresAt && isFull(address, until - 1, false) && !isFull(address, until, true)
        : isFull(address, send.expiresAt - 1, false));
    return { pass: facts.addresses.some((one) => !isFull(one, at, true)), object: facts.addresses.some(fits) };
  },
};

/** A day is the local one of the shop's default zone. */
export const dayAt = (at: Instant, zone: string): string => wallClock(at, zone).slice(0, 10);

function room(asking: Asking, of: string, most: number | undefined): May {
  const { world, send, at, rules, isHold } = asking;
  if (most === undefined || send.arm !== "treated") return { pass: true, object: false };
  const zone = rules.settings.timezone.default;
  // A clock that goes back takes the worker into the day before.
  const days = [...new Set([dayAt(at, zone), dayAt(at + BACK_MS, zone)])];
  const counted = days.flatMap((day) =>
    lately(world, { pk: `CEILING#${of}`, sk: `DAY#${day}` }).map((item) => ({ ...BLANK, ...(item as object), day })),
  );
  const fits = ({ used, reserved, reservedAt, day }: (typeof counted)[number]) => {
    if (used < most) return false;
    const soon = at + FREE_UP_MS;
    const isSoon = reserved > 0 && at - reservedAt < FREE_UP_MS + FRESH_MS && soon < send.expiresAt;
    return (isHold && isSoon && send.dueAt === new Date(soon).toISOString()) || endsWith(send, { day, zone, isHold });
  };
  return { pass: counted.some(({ used }) => used < most), object: counted.some(fits) };
}

const BACK_MS = 31_000;
const BLANK = { used: 0, reserved: 0, reservedAt: 0 };
/** So long places that are only reserved may come back. */
const FREE_UP_MS = 60_000;

/** Whether a hold ends with the day, or a refusal says that the day is longer than the send is worth sending. */
function endsWith(send: SendSeen, { day, zone, isHold }: { day: string; zone: string; isHold: boolean }): boolean {
  if (!isHold && send.expiresAt - send.saidAt <= FREE_UP_MS) return true;
  if (!isHold) return dayAt(send.expiresAt - 1, zone) <= day;
  const until = Date.parse(send.dueAt ?? "");
  return until < send.expiresAt && dayAt(until - 1, zone) === day && dayAt(until, zone) > day;
}

export const campaignRoom: OwnGate = {
  reasons: ["campaign-ceiling"],
  may: (asking) => {
    const { campaign } = asking.send;
    return room(asking, `CAMPAIGN#${campaign}`, asking.rules.campaigns.get(campaign)?.maxPerDay);
  },
};

export const accountRoom: OwnGate = {
  reasons: ["account-ceiling"],
  may: (asking) => room(asking, "ACCOUNT", asking.rules.settings.maxPerDay),
};
