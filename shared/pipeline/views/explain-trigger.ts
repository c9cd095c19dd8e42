// Decides how a campaign's trigger is told: what it waits for, when that came last, and when it comes next.
import type { Campaign } from "../../domain/campaign.ts";
import { factsAt } from "../../domain/deciding.ts";
import { placeOf } from "../../domain/definition.ts";
import { SCHEDULE_OCCURRED } from "../../domain/enter.ts";
import { triggerText } from "../../domain/in-words.ts";
import { DAY_MS, type Instant, iso } from "../../domain/instant.ts";
import { nextOccurrence, type Schedule } from "../../domain/schedule.ts";
import type { EventRecord } from "../records/event-record.ts";
import type { Story } from "./explain-story.ts";

/** `last`: the recorded event that triggered it last. `memberSince`, `changesAt`: of the segment it waits for. */
export type TriggerView = {
  kind: Campaign["on"]["kind"];
  says: string;
  at: string;
  last?: { type: string; id: string; occurredAt: string; late: boolean };
  memberSince?: string;
  changesAt?: string;
  lastOccurrenceAt?: string;
  nextOccurrenceAt?: string;
};

export function triggerView(story: Story, campaign: Campaign, last: EventRecord | undefined): TriggerView {
  const { on, definition } = campaign;
  return {
    kind: on.kind,
    says: triggerText(on, story.catalogue.settings.timezone.default),
    at: placeOf(definition, "on"),
    ...(last && {
      last: { type: last.type, id: last.id, occurredAt: iso(last.occurredAt), late: last.late },
    }),
    ...(on.kind === "segment" && segmentFacts(story, on.segment)),
    ...(on.kind === "schedule" && occurrences(story, on.schedule)),
  };
}

function segmentFacts({ profile, catalogue, at }: Story, segment: string) {
  const since = profile.memberships[segment];
  const { flipAt } = factsAt({ draft: profile, catalogue }, at).segment(segment);
  return {
    ...(since !== undefined && { memberSince: iso(since) }),
    ...(flipAt !== undefined && { changesAt: iso(flipAt) }),
  };
}

function occurrences({ catalogue, at }: Story, schedule: Schedule) {
  const zone = catalogue.settings.timezone.default;
  const last = lastOccurrence(schedule, at, zone);
  const next = nextOccurrence(schedule, at, zone);
  return {
    ...(last !== undefined && { lastOccurrenceAt: iso(last) }),
    ...(next !== undefined && { nextOccurrenceAt: iso(next) }),
  };
}

/** Longer than from one occurrence of a repeating schedule to the next. */
const LONGEST_GAP_MS = 63 * DAY_MS;

/** The latest occurrence up to an instant. */
function lastOccurrence(schedule: Schedule, at: Instant, zone: string): Instant | undefined {
  const from = "once" in schedule ? 0 : at - LONGEST_GAP_MS;
  let last: Instant | undefined;
  for (let next = nextOccurrence(schedule, from, zone); next !== undefined && next <= at; ) {
    last = next;
    next = nextOccurrence(schedule, next, zone);
  }
  return last;
}

/** The latest recorded event that is this campaign's trigger. */
export function lastTrigger({ events }: Story, { id, on }: Campaign): EventRecord | undefined {
  if (on.kind === "event") return events.findLast(({ type }) => type === on.eventType);
  return events.findLast(({ type, properties }) =>
    on.kind === "segment"
      ? type === `segment.${on.change}` && properties["segment"] === on.segment
      : type === SCHEDULE_OCCURRED && properties["campaign"] === id,
  );
}
