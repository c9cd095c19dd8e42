// Decides what a segment is: a rule, and who is in it.
import * as z from "zod";
import type { Clause, Needs } from "./clause.ts";
import { checkCondition, compileCondition } from "./condition.ts";
import type { Definition } from "./definition.ts";
import { idSchema } from "./definition.ts";
import type { InputProblem } from "./event.ts";
import type { Json } from "./json.ts";
import { problemsOf } from "./problem.ts";

export const segmentSchema = z.strictObject({
  segment: idSchema,
  title: z.string().min(1).max(120),
  description: z.string().max(2_000).optional(),
  where: z.json(),
});

/** A compiled segment; `uses` are the segments its rule looks at. */
export type Segment = { id: string; title: string; rule: Clause; uses: string[]; definition: Definition };

/** Everything that is wrong with a segment as written. */
export function checkSegment(body: unknown): InputProblem[] {
  const parsed = segmentSchema.safeParse(body, { reportInput: true });
  if (!parsed.success) return problemsOf(parsed.error, Object.keys(segmentSchema.shape));
  return checkCondition(parsed.data.where, "where");
}

/** Compiles a checked segment and adds what it counts to `needs`. */
export function compileSegment(definition: Definition, needs: Needs): Segment {
  const body = segmentSchema.parse(definition.body);
  const own: Needs = { counters: needs.counters, segments: [] };
  const rule = compileCondition(body.where as Json, { path: "where", needs: own });
  return { id: body.segment, title: body.title, rule, uses: own.segments, definition };
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
