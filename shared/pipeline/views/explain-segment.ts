// Decides how a membership is explained: the rule clause by clause, since when, until when, and how it changed before.
import { factsAt } from "../../domain/deciding.ts";
import { placeOf } from "../../domain/definition.ts";
import { decisivePhrase, explainClause } from "../../domain/explain.ts";
import { iso } from "../../domain/instant.ts";
import type { Segment } from "../../domain/segment.ts";
import type { EventRecord } from "../records/event-record.ts";
import { aheadViews } from "./explain-ahead.ts";
import type { Story } from "./explain-story.ts";

/** A recorded change. `at`: when it became true; `noticedAt`: when it was noticed, with the event of then. */
export type ChangeView = { change: "entered" | "left"; at: string; noticedAt: string; event: string };

export type SegmentExplanation = ReturnType<typeof segmentExplanation>;

/** The rule is judged at the story's instant; `member` is what is written. */
export function segmentExplanation(story: Story, segment: Segment) {
  const { profile, catalogue, at } = story;
  const { id, title, rule, uses, definition } = segment;
  const since = profile.memberships[id];
  const facts = factsAt({ draft: profile, catalogue }, at);
  const ahead = aheadViews(story, { segment: id });
  return {
    segment: { id, title, at: placeOf(definition, "where"), uses },
    answer: answerOf(story, segment),
    member: { is: since !== undefined, ...(since !== undefined && { since: iso(since) }) },
    rule: explainClause(rule, { facts, at, definition }),
    history: changesOf(story.events, id),
    ...(story.is === "future" && { ahead }),
  };
}

/** The membership in one sentence, as of the story's instant. */
function answerOf(story: Story, segment: Segment): string {
  const answer = presentAnswer(story, segment);
  if (story.is === "now") return answer;
  return story.is === "past"
    ? `Then, at ${iso(story.at)}: ${answer}`
    : `If nothing happens until ${iso(story.at)}: ${answer}`;
}

/** In or not, since when, until when, and by which clause. */
export function presentAnswer({ profile, catalogue, at }: Story, { id, rule, definition }: Segment): string {
  const facts = factsAt({ draft: profile, catalogue }, at);
  const { is, flipAt } = rule.judge(facts, at);
  const since = profile.memberships[id];
  const flips = flipAt === undefined ? "" : `; may change by time alone ${iso(flipAt)}`;
  const explaining = { facts, at, definition };
  const why = decisivePhrase(rule, explaining);
  if (is === true && since !== undefined) return `In since ${iso(since)}${flips}.`;
  if (is === true) return `Meets the rule; the membership is written at the next event or wake-up${flips}.`;
  if (since !== undefined)
    return `In since ${iso(since)}, but no longer by the rule: ${why}; it ends at the next event or wake-up.`;
  const unknown = is === undefined ? "unknown is no member: " : "";
  return `Not in: ${unknown}${why}${flips}.`;
}

function changesOf(events: EventRecord[], segment: string): ChangeView[] {
  return events.flatMap(({ changes = [], receivedAt, type }) =>
    changes
      .filter((change) => change.segment === segment)
      .map(({ change, at }) => ({ change, at: iso(at), noticedAt: iso(receivedAt), event: type })),
  );
}
