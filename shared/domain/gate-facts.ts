// Decides what a gate sees and what it may answer.
import type { Address } from "./address.ts";
import type { Campaign } from "./campaign.ts";
import type { Consent } from "./consent.ts";
import type { Instant } from "./instant.ts";
import type { HoldReason, RefusalReason, Send } from "./send.ts";
import type { Settings } from "./settings.ts";

/** What the gates look at, read just before. `email` is normal; absent when the profile has no usable address. */
export type GateFacts = {
  email?: string;
  consent?: Consent;
  address: Address;
  settings: Pick<Settings, "frequencyCap">;
  /** What the campaign is in the live catalogue; one that is not there any more is archived. */
  campaignStatus: Campaign["status"];
};

export type GateResult =
  | { kind: "claim" }
  | { kind: "hold"; until: Instant; reason: HoldReason }
  | { kind: "refuse"; reason: RefusalReason };

/** What the gates look at of a send: no more of it needs to exist to ask them. */
export type Asked = Pick<Send, "id" | "purpose" | "arm" | "expiresAt">;

/** One gate: an answer, or `undefined` to pass the send on. */
export type Gate = (send: Asked, facts: GateFacts, now: Instant) => GateResult | undefined;
