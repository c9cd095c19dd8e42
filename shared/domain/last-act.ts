// Decides when a person was last heard of: by what they did themselves, not by what systems say or send about them.

import { OWN_SOURCE } from "./deciding.ts";
import type { Event } from "./event.ts";
import type { Instant } from "./instant.ts";
import type { Profile } from "./profile.ts";

/**
 * What Relance itself tells of people, what systems report, and that somebody, who may be anybody, asked for the link to their
 * page: none of it is an act of theirs.
 */
const NOT_THEIRS =
  /^(profile\.identified|churn_risk\.detected|birthday\.reached|preferences\.requested|consent\.(granted|withdrawn)|(email|segment|schedule|time)\..*)$/;

const isTheirs = (type: string): boolean => !NOT_THEIRS.test(type);

/** Whether an event is an act of the person's own. */
export const isOwnAct = ({ source, type }: Pick<Event, "source" | "type">): boolean =>
  source !== OWN_SOURCE && isTheirs(type);

/** What is asked for: `readAt` is the last act at the person's address, a click or a choice; an open is none. */
export type Heard = Pick<Profile, "activity" | "consents" | "createdAt"> & { readAt: Instant | undefined };

/**
 * The last act: an event from outside, an own word on consent, a click or a choice on the preference page; of whom no act is
 * known, when they became known. `told`: types that campaigns emit, which count only by the look of their events.
 */
export function lastActAt({ activity, consents, createdAt, readAt }: Heard, told: ReadonlySet<string>): Instant {
  const events = Object.entries(activity).flatMap(([type, { lastAt }]) =>
    isTheirs(type) && !told.has(type) ? [lastAt] : [],
  );
  const words = Object.values(consents).flatMap(({ actor, at }) => (actor === "person" ? [at] : []));
  const acts = [...events, ...words, ...(readAt === undefined ? [] : [readAt])];
  return acts.length === 0 ? createdAt : Math.max(...acts);
}
