// Decides what the actors of a seed remember: what the product promised them.
import type { Instant } from "../../shared/domain/instant.ts";
import type { Life } from "./random-life.ts";

export type ActorLog = {
  /** Message ids of calls that were accepted. */
  accepted: Set<string>;
  malformed: Set<string>;
  imported: Set<string>;
  optedOut: { profileId: string; purpose: string; at: Instant }[];
  /** What is paused, since the pause returned. */
  paused: Map<string, Instant>;
  resuming: Set<string>;
  resumed: Set<string>;
  /** Who made a call, by its message id. */
  userOf: Map<string, string>;
};

export function newLog({ actions }: Life): ActorLog {
  const userOf = new Map<string, string>();
  for (const action of actions) {
    if (action.kind !== "calls") continue;
    for (const item of action.items) userOf.set(String(item["messageId"]), String(item["userId"]));
  }
  return {
    accepted: new Set(),
    malformed: new Set(),
    imported: new Set(),
    optedOut: [],
    paused: new Map(),
    resuming: new Set(),
    resumed: new Set(),
    userOf,
  };
}
