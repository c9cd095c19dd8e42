// Decides membership conditions: { inSegment: repeat-buyers }, { inSegment: at-risk, for: 7 days }.
import { leaf, type Operator } from "../clause.ts";
import { type Instant, iso, parseDuration } from "../instant.ts";
import { earliest, type Verdict, verdictOf } from "../verdict.ts";
import { checkWindow } from "./fields.ts";

/** Whether it has been true for that long. True with no `since` is true since ever. */
function heldFor(membership: Verdict, forMs: number, at: Instant): Verdict {
  const { is, since, flipAt } = membership;
  if (is !== true || since === undefined) return membership;
  const longAt = since + forMs;
  if (at >= longAt) return verdictOf(true, longAt, flipAt);
  return verdictOf(false, since, earliest([longAt, flipAt]));
}

export const inSegment: Operator = {
  key: "inSegment",
  looksAt: "profile",
  fields: ["for"],
  check: (condition, { path }) => [
    ...(typeof condition["inSegment"] === "string"
      ? []
      : [{ code: "not_a_segment", path: `${path}.inSegment`, message: "must be the id of a segment" }]),
    ...("for" in condition ? checkWindow(condition["for"], `${path}.for`) : []),
  ],
  compile: (condition, { path, needs }) => {
    const id = condition["inSegment"] as string;
    const held = condition["for"] as string | undefined;
    const forMs = held === undefined ? undefined : parseDuration(held);
    needs.segments.push(id);
    return leaf(path, `in segment ${id}${held === undefined ? "" : ` for ${held}`}`, {
      judge: (facts, at) => (forMs === undefined ? facts.segment(id) : heldFor(facts.segment(id), forMs, at)),
      found: (facts) => {
        const { is, since } = facts.segment(id);
        return is === true && forMs !== undefined && since !== undefined ? { since: iso(since) } : (is ?? null);
      },
    });
  },
};
