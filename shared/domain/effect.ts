// Decides what a decision can lead to: effects are data, the pipeline carries them out.
import type { ConsentChange } from "./consent.ts";
import type { Event } from "./event.ts";
import type { Instant } from "./instant.ts";
import type { Json } from "./json.ts";
import type { Arm, Run } from "./run.ts";
import type { Send } from "./send.ts";

/** Why a profile did not enter although the campaign's trigger came. */
export type EntryRefusal =
  | "audience"
  | "already-entered"
  | "reentry-too-soon"
  | "entry-key-missing"
  /** Found later than the campaign's `sendBefore` after it happened. */
  | "expired"
  | "paused"
  /** Gone while the entry still waited for facts. */
  | "archived"
  /** The trigger came about by steps of campaigns that it had started itself. */
  | "loop";

/**
 * What was decided about one campaign when its trigger came. `clause`: path of the condition that settled it, `found`:
 * the value it looked at.
 */
export type Judgement = {
  campaign: string;
  outcome: "entered" | "settling" | "not-entered";
  reason?: EntryRefusal;
  clause?: string;
  found?: Json;
  /** Only when entered, and held out. */
  arm?: Exclude<Arm, "treated">;
};

/** How a run ended: on its last step, by an exit step ("exit:its-reason"), or before. */
export type RunEnd =
  | "completed"
  | `exit:${string}`
  | "goal"
  | "exit-condition"
  /** A wait for an event whose `onEvent` or `onTimeout` is exit. */
  | "event-came"
  | "timeout"
  /** A wait for a date that the profile does not have. */
  | "date-missing"
  | "archived";

export type Effect =
  | { kind: "segment-entered" | "segment-left"; segment: string; at: Instant }
  | { kind: "judged"; causeSk: string; judgement: Judgement }
  | { kind: "run-started"; run: Run; at: Instant }
  | { kind: "run-ended"; run: Run; reason: RunEnd; at: Instant }
  | { kind: "send-intended"; send: Send }
  /**
   * A word that outweighed what was said before, be it the same again. `email`: the normal address the profile had then; `late`:
   * of the event that said so, see `Event`.
   */
  | ({ kind: "consent-changed"; source: string; late: boolean; email?: string } & ConsentChange)
  /** An event of Relance's own: brought by time, by a change of membership, or by a step. Stored in the timeline. */
  | { kind: "event-derived"; event: Event };
