// Decides that who is held out gets nothing: the last gate, so that all others are passed in shadow and both groups compare.
import type { Gate } from "../gate-facts.ts";

export const holdoutGate: Gate = (send) => (send.arm === "treated" ? undefined : { kind: "refuse", reason: "holdout" });
