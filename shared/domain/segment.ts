// Decides what a segment is: a rule, and who is in it.
import * as z from "zod";
import type { Clause, Needs } from "./clause.ts";
import { checkCondition, compileCondition } from "./condition.ts";
import type { Definition } from "./definition.ts";
import { idSchema } from "./definition.ts";
import type { InputProblem } from "./event.ts";
import { contentHash } from "./hash.ts";
import type { Json } from "./json.ts";
import { problemsOf } from "./problem.ts";

export const segmentSchema = z.strictObject({
  segment: idSchema,
  title: z.string().min(1).max(120),
  description: z.string().max(2_000).optional(),
  where: z.json(),
});

/**
 * A compiled segment; `uses` are the segments its rule looks at. `ruleHash` names what decides membership: its rule and the
 * rules that one uses; title and description do not count.
 */
export type Segment = {
  id: string;
  title: string;
  rule: Clause;
  uses: string[];
  ruleHash: string;
  definition: Definition;
};

/** Everything that is wrong with a segment as written. */
export function checkSegment(body: unknown): InputProblem[] {
  const parsed = segmentSchema.safeParse(body, { reportInput: true });
  if (!parsed.success) return problemsOf(parsed.error, Object.keys(segmentSchema.shape));
  return checkCondition(parsed.data.where as Json, "where", { scope: "profile" });
}

/** Compiles a checked segment and adds what it counts to `needs`. */
export function compileSegment(definition: Definition, needs: Needs): Segment {
  const body = segmentSchema.parse(definition.body);
  const own: Needs = { counters: needs.counters, segments: [] };
  const rule = compileCondition(body.where as Json, { path: "where", needs: own });
  const ruleHash = contentHash(JSON.stringify(body.where));
  return { id: body.segment, title: body.title, rule, uses: own.segments, ruleHash, definition };
}

/** Segments in order of use whose rule hash takes in the rules they use, and what else decides (zone settings). */
export function withUsedRules(ordered: Segment[], alsoDecides: unknown): Segment[] {
  const hashes = new Map<string, string>();
  return ordered.map((segment) => {
    const used = segment.uses.map((id) => hashes.get(id));
    const ruleHash = contentHash(JSON.stringify([segment.ruleHash, used, alsoDecides]));
    hashes.set(segment.id, ruleHash);
    return { ...segment, ruleHash };
  });
}

/** Segments ordered so that each comes after those it uses; `cycle` names the segments of a loop, if there is one. */
export function inOrderOfUse(segments: Segment[]): { ordered: Segment[]; cycle?: string[] } {
  const byId = new Map(segments.map((segment) => [segment.id, segment]));
  const ordered: Segment[] = [];
  const state = new Map<string, "open" | "done">();
  const visit = (segment: Segment, trail: string[]): string[] | undefined => {
    if (state.get(segment.id) === "done") return undefined;
    if (state.get(segment.id) === "open") return [...trail.slice(trail.indexOf(segment.id)), segment.id];
    state.set(segment.id, "open");
    for (const id of segment.uses) {
      const used = byId.get(id);
      const cycle = used && visit(used, [...trail, segment.id]);
      if (cycle) return cycle;
    }
    state.set(segment.id, "done");
    ordered.push(segment);
    return undefined;
  };
  for (const segment of segments) {
    const cycle = visit(segment, []);
    if (cycle) return { ordered, cycle };
  }
  return { ordered };
}
