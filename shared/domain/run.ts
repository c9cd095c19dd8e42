// Decides what a run is: one profile's way through one campaign revision, alive while it waits for something.
import type { Instant } from "./instant.ts";
import type { JsonObject } from "./json.ts";

/** The event that started a run; `sk` is where it is stored in the profile's partition. */
export type Cause = { type: string; id: string; source: string; at: Instant; sk: string; properties: JsonObject };

export type Run = {
  campaign: string;
  /** The entry key: what makes this entry different from another of the same campaign. */
  key: string;
  /** The campaign's revision at entry; kept to the end. */
  revision: string;
  cause: Cause;
  /** `settling`: an audience fact is still unknown. `waiting`: between two steps. */
  state: "settling" | "waiting";
  /** Id of the step to do next. */
  step: string;
  dueAt: Instant;
};

/** The name of a run within its profile. */
export function runName(run: { campaign: string; key: string }): string {
  return `${run.campaign}#${run.key}`;
}
