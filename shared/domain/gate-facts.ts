// Decides what a gate sees and what it may answer.
import type { Address } from "./address.ts";
import type { Campaign } from "./campaign.ts";
import type { Consent } from "./consent.ts";
import type { Instant } from "./instant.ts";
import type { HoldReason, RefusalReason, Send } from "./send.ts";
import type { Settings } from "./settings.ts";
import type { StopState } from "./stop.ts";

/**
 * How many mails of one local day were let through, of how many; `endsAt`: when the next day begins.
 * `mayFreeUp`: some of the used ones are only reserved, and may come back within a minute.
 */
export type Ceiling = { used: number; most: number; endsAt: Instant; mayFreeUp?: true };

/** What the gates ask of the settings. */
export type GateSettings = Pick<Settings, "frequencyCap" | "quietHours" | "existingCustomers"> & {
  /** Absent: marketing needs consent everywhere. */
  consent?: Pick<Settings["consent"], "basis">;
};

/** What the gates look at, read just before. `email` is normal; absent when the profile has no usable address. */
export type GateFacts = {
  email?: string;
  consent?: Consent;
  address: Address;
  /** IANA zone of the profile: in which quiet hours are reckoned. */
  zone: string;
  /** The `country` trait, upper case. */
  country?: string;
  /** When the profile bought last: what the existing-customer exception rests on. */
  lastPurchaseAt?: Instant;
  settings: GateSettings;
  /** What the campaign is in the live catalogue; one that is not there any more is archived. */
  campaignStatus: Campaign["status"];
  /** The stop switches that concern this send; absent: nothing is stopped. */
  stop?: StopState;
  /** Whether it may be seen that the mail was opened; no gate asks. Absent: no. */
  mayTrackOpens?: boolean;
  /** Absent: no ceiling. */
  campaignCeiling?: Ceiling;
  accountCeiling?: Ceiling;
};

/** `until` is absent where nothing but a resume ends the hold: the send leaves the due index. */
export type GateResult =
  | { kind: "claim" }
  | { kind: "hold"; until?: Instant; reason: HoldReason }
  | { kind: "refuse"; reason: RefusalReason };

/** What the gates look at of a send: no more of it needs to exist to ask them. */
export type Asked = Pick<Send, "id" | "purpose" | "priority" | "arm" | "expiresAt">;

/** One gate: an answer, or `undefined` to pass the send on. */
export type Gate = (send: Asked, facts: GateFacts, now: Instant) => GateResult | undefined;
