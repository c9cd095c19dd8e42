// Decides what the stop switches say: who stopped a campaign or the whole account, and why.
import type { Instant } from "./instant.ts";

/**
 * One switch that is on. `by`: somebody of the company, or Relance itself when bounces or complaints were too many. `who`: the
 * role and session of who asked, where they had one.
 */
export type Stop = { at: Instant; by: "operator" | "automatic"; who?: string; reason?: string };

/** What the provider lets the account do. `sandbox`: mails leave to verified addresses and its mailbox simulator only. */
export type ProviderState = "open" | "sandbox" | "paused";

/** The switches as one send sees them. */
export type StopState = {
  campaign?: Stop;
  account?: Stop;
  /** Absent: open. `reopened`: how often it was taken for open lately, and was not. */
  provider?: { state: Exclude<ProviderState, "open">; at: Instant; reopened?: number };
  /** The provider's daily quota is used up; it is asked again at this instant. */
  quotaUntil?: Instant;
};
