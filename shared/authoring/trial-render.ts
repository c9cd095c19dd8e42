// Decides whether a template can be written for somebody: rendered with made-up data, filling one hole after the other.
import type { JsonObject } from "../domain/json.ts";
import { type FactType, type KnownFacts, typeAt } from "../domain/known-facts.ts";
import type { LiquidProblem } from "../domain/liquid.ts";
import { type Rendered, type RenderInput, render } from "../domain/render.ts";
import type { Template } from "../domain/template.ts";
import { sampleOf, withValue } from "./sample-facts.ts";
import type { MailPart } from "./template-sources.ts";

/** A variable that had no value where the template needs one. `type`: what is known of it; nothing when it is unknown. */
export type Hole = { variable: string; type: FactType | undefined; part: MailPart } & Pick<
  LiquidProblem,
  "line" | "column"
>;

/** What a template came to; `data` with all holes filled. A fault that is no hole ends the trial. */
export type Trial = {
  holes: Hole[];
  rendered?: Rendered;
  fault?: LiquidProblem & { part?: MailPart };
  data: { profile: JsonObject; event: JsonObject };
};

const MOST_HOLES = 50;

/** Renders again and again until nothing is missing. `known`: the traits and the properties of the event. */
export function tryTemplate(
  template: Template,
  input: RenderInput,
  known: { traits: KnownFacts["traits"]; properties: Record<string, FactType> },
): Trial {
  const holes: Hole[] = [];
  let data = { profile: input.profile, event: input.event };
  for (;;) {
    const result = render(template, { ...input, ...data });
    if (!("problem" in result)) return { holes, rendered: result, data };
    const { variable = "", part, line, column } = result.problem;
    const [root = "", ...path] = variable.split(".");
    const fillable = (root === "profile" || root === "event") && path.length > 0;
    if (
      !fillable ||
      part === undefined ||
      holes.length === MOST_HOLES ||
      holes.some((hole) => hole.variable === variable)
    )
      return { holes, fault: result.problem, data };
    const name = path.join(".");
    const type = typeAt(root === "profile" ? known.traits : known.properties, name);
    holes.push({ variable, type, part, ...(line && { line }), ...(column && { column }) });
    data = { ...data, [root]: withValue(data[root as keyof typeof data], path, sampleOf(name, type ?? "any")) };
  }
}
