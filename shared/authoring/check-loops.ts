// Decides whether campaigns set each other off in a circle by the events that their steps emit.
import type { JsonObject } from "../domain/json.ts";
import { stepsOf, triggerEvent } from "./campaign-parts.ts";
import type { Read } from "./read-definition.ts";
import { atField, type SourceProblem } from "./source-problem.ts";
import type { YamlSource } from "./yaml-source.ts";

/** A campaign sets off another one: `path` is the step that does. */
type Spark = { from: string; to: string; event: string; source: YamlSource; path: string };

/** One warning per circle, at the step of its first campaign (by file) that keeps it going. */
export function checkLoops(campaigns: Read[]): SourceProblem[] {
  const sparks = sparksOf(campaigns);
  const told = new Set<string>();
  return [...new Set(sparks.map(({ from }) => from))].flatMap((id) => {
    const way = wayBack(id, sparks);
    const key = way && [...new Set(way.map(({ from }) => from))].sort().join();
    if (way === undefined || key === undefined || told.has(key)) return [];
    told.add(key);
    const [first] = way as [Spark];
    const circle = [...way.map(({ from, event }) => `${from} → ${event}`), id].join(" → ");
    const message = `goes round in a circle: ${circle}; emit another event, or narrow the trigger with on.where`;
    return [atField(first.source, { code: "campaign_loop", path: first.path, message }, "warning")];
  });
}

function sparksOf(campaigns: Read[]): Spark[] {
  return campaigns.flatMap(({ id: from, source }) => {
    if (from === undefined || source === undefined) return [];
    return toldBy(source.body).flatMap(({ event, path }) =>
      campaigns.flatMap(({ id: to, source: other }) =>
        to !== undefined && other !== undefined && triggerEvent(other.body) === event
          ? [{ from, to, event, source, path }]
          : [],
      ),
    );
  });
}

/** The events a campaign tells: what it emits, and that traits were heard when it updates some. */
function toldBy(body: JsonObject): { event: string; path: string }[] {
  return stepsOf(body).flatMap(({ step, path }) => {
    if (typeof step["emit"] === "string") return [{ event: step["emit"], path: `${path}.emit` }];
    return "update" in step ? [{ event: "profile.identified", path: `${path}.update` }] : [];
  });
}

/** The shortest way from a campaign back to itself. */
function wayBack(id: string, sparks: Spark[]): Spark[] | undefined {
  const ways = sparks.filter(({ from }) => from === id).map((spark) => [spark]);
  const seen = new Set<string>();
  for (const way of ways) {
    const { to } = way.at(-1) as Spark;
    if (to === id) return way;
    if (seen.has(to)) continue;
    seen.add(to);
    ways.push(...sparks.filter(({ from }) => from === to).map((spark) => [...way, spark]));
  }
  return undefined;
}
