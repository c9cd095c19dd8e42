// Decides what the parts of one decision share: the draft profile, the effects so far, the catalogue and the time.
import type { Catalogue } from "./catalogue.ts";
import type { Facts } from "./clause.ts";
import type { Effect } from "./effect.ts";
import type { Event } from "./event.ts";
import type { Instant } from "./instant.ts";
import { iso } from "./instant.ts";
import type { JsonObject } from "./json.ts";
import type { Profile } from "./profile.ts";
import type { Cause } from "./run.ts";
import { UNKNOWN, type Verdict } from "./verdict.ts";

export type Deciding = {
  draft: Profile;
  effects: Effect[];
  catalogue: Catalogue;
  /** The time of the decision; never before `draft.settledAt`. */
  now: Instant;
  /** Entries ("campaign#key") that are taken although the profile does not say so, those of this decision included. */
  taken: Set<string>;
};

/** Facts for judging conditions on the draft as it is, at one instant; each segment is judged at most once. */
export function factsAt({ draft, catalogue }: Deciding, at: Instant, properties?: JsonObject): Facts {
  const judged = new Map<string, Verdict>();
  const segment = (id: string): Verdict => {
    let verdict = judged.get(id);
    if (verdict === undefined) {
      const rule = catalogue.segments.find((candidate) => candidate.id === id)?.rule;
      verdict = rule === undefined ? UNKNOWN : rule.judge({ profile: draft, segment }, at);
      judged.set(id, verdict);
    }
    return verdict;
  };
  return properties === undefined ? { profile: draft, segment } : { profile: draft, properties, segment };
}

/** Where an event is stored in its profile's partition: by declared time (the same in every retry), source and id. */
export function eventSk(event: Pick<Event, "declaredAt" | "occurredAt" | "source" | "id">): string {
  return `EVENT#${iso(event.declaredAt ?? event.occurredAt)}#${withoutBars(event.source)}#${withoutBars(event.id)}`;
}

/** Sources and ids are free text: the separator must not come from them. */
export function withoutBars(text: string): string {
  return text.replace(/[%#]/g, encodeURIComponent);
}

/** The event as the cause of runs and sends. */
export function causeOf(event: Event): Cause {
  const { type, id, source, occurredAt, properties } = event;
  return { type, id, source, at: occurredAt, sk: eventSk(event), properties };
}
