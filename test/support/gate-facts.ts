// Builds sends and what the gates see of them: everything in order, unless a test says otherwise.
import { type Address, type AddressClaim, NEW_ADDRESS } from "../../shared/domain/address.ts";
import type { GateFacts } from "../../shared/domain/gate-facts.ts";
import type { Send } from "../../shared/domain/send.ts";
import { days, NOW } from "./builders.ts";

export const GRANTED = { purpose: "marketing", channel: "email", state: "granted", at: NOW, by: "shop/1" } as const;

export function aSend(changes: Partial<Send> = {}): Send {
  return {
    id: "s0",
    profileId: "p1",
    campaign: "c",
    revision: "r",
    step: "say",
    key: "once",
    channel: "email",
    template: "mail",
    purpose: "marketing",
    priority: "normal",
    arm: "treated",
    causeSk: "EVENT#1",
    causeAt: NOW,
    intendedAt: NOW,
    expiresAt: NOW + days(30),
    ...changes,
  };
}

/** `undefined` takes a fact away. */
type Changes<T> = { [K in keyof T]?: T[K] | undefined };

/** Somebody in Paris who agreed, at an address nothing is known of. NOW is 11:00 there. */
export function facts(changes: Changes<GateFacts> = {}): GateFacts {
  const all = {
    email: "zoe@example.com",
    consent: GRANTED,
    address: NEW_ADDRESS,
    zone: "Europe/Paris",
    settings: settings(),
    campaignStatus: "live",
    ...changes,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as GateFacts;
}

/** At most three marketing mails a week, no quiet hours, no exception. */
export function settings(changes: Partial<GateFacts["settings"]> = {}): GateFacts["settings"] {
  return { ...cap(3, "7 days"), ...changes };
}

/** Settings with this cap for marketing, and none for service mails. */
export const cap = (max: number, within: string): GateFacts["settings"] => ({
  frequencyCap: { marketing: { max, within } },
  quietHours: {},
});

export const address = (changes: Partial<Address>): Address => ({ ...NEW_ADDRESS, ...changes });

/** An address with marketing mails claimed at these instants. */
export const claimed = (...instants: number[]): Address =>
  address({ claims: instants.map((at, n): AddressClaim => ({ at, sendId: `old-${n}`, purpose: "marketing" })) });

export const refused = (reason: string) => ({ kind: "refuse", reason });
