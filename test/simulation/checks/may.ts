// Decides what each gate may have said to a send, on all that was true within the last moments: its own small gates, written
// from the order in the design and from nothing of the product.
import type { Instant } from "../../../shared/domain/instant.ts";
import type { Item } from "../../../shared/pipeline/ports.ts";
import type { SendSeen } from "../model.ts";
import { basisOf, durationMs, type Rules } from "../rules.ts";
import type { World } from "../stage.ts";
import type { Asking, Facts, OwnGate } from "./asking.ts";
import { isQuietUntil, isWithin, wallClock, zoneFor } from "./local-time.ts";
import { accountRoom, campaignRoom, cap } from "./may-room.ts";
import { FRESH_MS, isRough, lately, mailboxOf, pastOf, switchesFreshMs, type Told, textOf } from "./past.ts";

export function factsOf(world: World, { profileId, purpose }: SendSeen): Facts {
  const pk = `PROFILE#${profileId}`;
  const people = lately(world, { pk, sk: "STATE#PROFILE" });
  const consents = lately(world, { pk, sk: `STATE#CONSENT#${purpose}` });
  const emails = people.map((item) => mailboxOf(traitsOf(item)));
  return {
    people,
    consents: consents.map((item) => (item?.["consent"] as { state: string } | undefined)?.state),
    addresses: [...new Set(emails)].map((email) => (email === undefined ? undefined : world.observer.pkOf(email))),
  };
}

export const traitsOf = (item: Item | undefined) => item?.["traits"] as Told | undefined;

const expiry: OwnGate = {
  reasons: ["expired"],
  may: ({ send, at }) => ({ pass: at < send.expiresAt, object: at >= send.expiresAt }),
};

const campaign: OwnGate = {
  reasons: ["archived", "paused"],
  may: ({ send, rules, reason }) => {
    const body = rules.campaigns.get(send.campaign);
    const status = body === undefined ? "archived" : (body.status ?? "live");
    return { pass: status === "live", object: status === reason };
  },
};

const stop: OwnGate = {
  reasons: ["paused", "account-paused", "daily-quota"],
  may: ({ world, send, at, reason, isHold }) => {
    const read = (what: string) => lately(world, { pk: "STOP", sk: what }, switchesFreshMs(world));
    const own = read(`CAMPAIGN#${send.campaign}`);
    const [account, provider] = [read("ACCOUNT"), read("PROVIDER")];
    const isPaused = (item: Item | undefined) =>
      (item?.["provider"] as { state: string } | undefined)?.state === "paused";
    const untils = read("QUOTA").map((item) => (item?.["until"] as number | undefined) ?? 0);
    const pass =
      own.includes(undefined) &&
      account.includes(undefined) &&
      provider.some((item) => !isPaused(item)) &&
      untils.some((until) => until <= at);
    const dueAt = send.dueAt === undefined ? undefined : Date.parse(send.dueAt);
    const says: Record<string, boolean> = {
      paused: own.some((item) => item !== undefined),
      "account-paused":
        own.includes(undefined) && (account.some((item) => item !== undefined) || provider.some(isPaused)),
      "daily-quota": untils.some((until) => until > at && dueAt === Math.min(until, send.expiresAt)),
    };
    return { pass, object: isHold && says[reason] === true };
  },
};

const consent: OwnGate = {
  reasons: ["consent-denied", "consent-unknown"],
  may: ({ send, at, rules, reason, facts: { people, consents } }) => {
    if (send.purpose === "service") return { pass: true, object: false };
    const customers = people.map((item) => isCustomer(item, at, rules));
    const isUnknown = consents.includes(undefined);
    const lawful = people.map((item) => {
      const country = textOf(traitsOf(item), "country")?.toUpperCase();
      return basisOf(rules.settings, "marketing", country) === "legitimate-interest";
    });
    const says: Record<string, boolean> = {
      "consent-denied": consents.includes("denied"),
      "consent-unknown": isUnknown && customers.includes(false) && lawful.includes(false),
    };
    return {
      pass: consents.includes("granted") || (isUnknown && (customers.includes(true) || lawful.includes(true))),
      object: says[reason] === true,
    };
  },
};

function isCustomer(item: Item | undefined, at: Instant, { settings: { existingCustomers } }: Rules): boolean {
  const purchases = (item?.["activity"] as Record<string, number[]> | undefined)?.["purchase.completed"];
  if (existingCustomers === undefined || purchases === undefined) return false;
  const country = textOf(traitsOf(item), "country")?.toUpperCase() ?? "";
  const isThere = existingCustomers.countries?.includes(country) ?? true;
  return isThere && at - (purchases[2] as number) < durationMs(existingCustomers.within);
}

const address: OwnGate = {
  reasons: ["no-address"],
  may: ({ facts: { addresses } }) => ({
    pass: addresses.some((pk) => pk !== undefined),
    object: addresses.includes(undefined),
  }),
};

type AddressSaid = {
  suppressions: object;
  optOuts: Record<string, Instant>;
  pauses?: Record<string, Instant>;
  waiting: { sendId: string; priority: string; dueAt: Instant }[];
};
const BLANK: AddressSaid = { suppressions: {}, optOuts: {}, waiting: [] };

/** What the addresses the profile may have had said. */
function addressesOf({ world, facts }: Asking): AddressSaid[] {
  return facts.addresses.flatMap((pk) =>
    pk === undefined
      ? []
      : lately(world, { pk, sk: "ADDRESS" }).map((item) => (item?.["address"] as AddressSaid | undefined) ?? BLANK),
  );
}

const suppression: OwnGate = {
  reasons: ["suppressed", "opted-out"],
  may: (asking) => {
    const { send, reason } = asking;
    const said = addressesOf(asking).map(({ suppressions, optOuts }): string =>
      Object.keys(suppressions).length > 0 ? "suppressed" : optOuts[send.purpose] !== undefined ? "opted-out" : "open",
    );
    return { pass: said.includes("open"), object: said.includes(reason) };
  },
};

const ownPause: OwnGate = {
  reasons: ["person-paused"],
  may: (asking) => {
    const { send, at, isHold } = asking;
    const untils = addressesOf(asking).map(({ pauses }) => pauses?.[send.purpose] ?? 0);
    const fits = (until: Instant) =>
      until > at &&
      (isHold ? until < send.expiresAt && Date.parse(send.dueAt ?? "") === until : until >= send.expiresAt);
    return { pass: untils.some((until) => until <= at), object: untils.some(fits) };
  },
};

const quietHours: OwnGate = {
  reasons: ["quiet-hours"],
  may: ({ send, at, rules, isHold, facts: { people } }) => {
    const hours = rules.settings.quietHours[send.purpose as "marketing" | "service"];
    if (hours === undefined) return { pass: true, object: false };
    const zones = new Set(people.map((item) => zoneOf(item, rules)));
    const quiet = [...zones].filter((zone) => isWithin(wallClock(at, zone), hours));
    const until = isHold ? Date.parse(send.dueAt ?? "") : send.expiresAt;
    const fits = (zone: string) =>
      isQuietUntil({ zone, hours, at, until }) &&
      (!isHold || (until < send.expiresAt && !isWithin(wallClock(until, zone), hours)));
    return { pass: quiet.length < zones.size, object: quiet.some(fits) };
  },
};

function zoneOf(item: Item | undefined, { settings }: Rules): string {
  const traits = traitsOf(item);
  const country = textOf(traits, "country")?.toUpperCase();
  return zoneFor({ timezone: textOf(traits, "timezone"), country }, settings.timezone);
}

const RANK: Record<string, number> = { high: 1, normal: 2, low: 3 };
const TOGETHER_MS = 10 * 60_000;
const OVERDUE_MS = 13 * 60_000;
/** Of what is handed out, the lease's end; it may leave at any moment. */
const LEASED_MS = 13 * 60_000;
const WAIT_MS = 60_000;

const priority: OwnGate = {
  reasons: ["priority"],
  may: (asking) => {
    const { world, send, at, isHold } = asking;
    const rivalsOf = ({ waiting }: AddressSaid) =>
      waiting.filter(
        (other) =>
          other.sendId !== send.id &&
          (RANK[other.priority] as number) < (RANK[send.priority] as number) &&
          other.dueAt - at <= TOGETHER_MS &&
          at - other.dueAt <= OVERDUE_MS,
      );
    const said = addressesOf(asking).map(rivalsOf);
    const fits = isHold
      ? Date.parse(send.dueAt ?? "") === at + WAIT_MS && at + WAIT_MS < send.expiresAt
      : at + WAIT_MS >= send.expiresAt;
    const isRival = said.some((rivals) => rivals.some(({ sendId }) => isWaiting(world, sendId)));
    const object = fits && (isRival || hasUrgent(world, send));
    return { pass: said.some((rivals) => rivals.length === 0), object };
  },
};

/** Whether the person has a more urgent send that is about to leave. */
function hasUrgent(world: World, { id, profileId, priority: own }: SendSeen): boolean {
  const { now } = world.scheduler;
  for (const other of world.observer.sends.values()) {
    if (other.profileId !== profileId || other.id === id || other.arm !== "treated") continue;
    if ((RANK[other.priority] as number) >= (RANK[own] as number)) continue;
    const saidAt = pastOf(world).saidAt.get(other.id) ?? other.bornAt;
    const isDue = other.dueAt !== undefined && Date.parse(other.dueAt) <= now + LEASED_MS;
    if ((other.state === "PENDING" && isDue) || now - saidAt <= FRESH_MS) return true;
  }
  return false;
}

/** Whether the send is still to leave, or was a moment ago; what a crash left behind waits in vain. */
function isWaiting(world: World, sendId: string): boolean {
  const send = world.observer.sends.get(sendId);
  if (send === undefined) return false;
  const ago = world.scheduler.now - (pastOf(world).saidAt.get(sendId) ?? send.bornAt);
  return send.state === "PENDING" || ago <= 2 * WAIT_MS || isRough(world);
}

const holdout: OwnGate = {
  reasons: ["holdout"],
  may: ({ send }) => ({ pass: send.arm === "treated", object: send.arm !== "treated" }),
};

/** In the one order. */
export const ownGates: readonly OwnGate[] = [
  ...[
    expiry,
    campaign,
    stop,
    consent,
    address,
    suppression,
    ownPause,
    quietHours,
    priority,
    cap,
    campaignRoom,
    accountRoom,
  ],
  holdout,
];
