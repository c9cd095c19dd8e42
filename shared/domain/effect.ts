// Decides what a decision can lead to: effects are data, the pipeline carries them out.
import type { Event } from "./event.ts";
import type { Instant } from "./instant.ts";
import type { Json } from "./json.ts";
import type { Run } from "./run.ts";
import type { Send } from "./send.ts";

/**
 * What was decided about one campaign when its trigger came. `clause`: path of the condition that settled it, `found`:
 * the value it looked at.
 */
export type Judgement = {
  campaign: string;
  outcome: "entered" | "settling" | "not-entered";
  reason?: "audience" | "already-entered" | "reentry-too-soon" | "entry-key-missing";
  clause?: string;
  found?: Json;
};

export type Effect =
  | { kind: "segment-entered" | "segment-left"; segment: string; at: Instant }
  | { kind: "judged"; causeSk: string; judgement: Judgement }
  | { kind: "run-started"; run: Run; at: Instant }
  | { kind: "run-ended"; run: Run; reason: string }
  | { kind: "send-intended"; send: Send }
  /** An event of Relance's own that time brought: stored in the timeline and published for others. */
  | { kind: "event-derived"; event: Event };
