// Decides whether people may be disturbed where this one lives: a mail of the night waits for the morning.
import type { Gate } from "../gate-facts.ts";
import { quietUntil } from "../quiet-hours.ts";

/** Holds until the quiet hours end when that is before the send expires, else refuses. */
export const quietHoursGate: Gate = ({ purpose, expiresAt }, { settings, zone }, now) => {
  const hours = settings.quietHours[purpose];
  const until = hours === undefined ? undefined : quietUntil(now, hours, zone);
  if (until === undefined) return undefined;
  return until < expiresAt ? { kind: "hold", until, reason: "quiet-hours" } : { kind: "refuse", reason: "quiet-hours" };
};
