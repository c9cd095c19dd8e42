// Decides what marketing/facts.yaml says: the shop's own events and traits, with the types of their values.
import * as z from "zod";
import type { JsonObject } from "../domain/json.ts";
import { builtInFacts, factTypes, type KnownFacts, propertiesOf, traitType } from "../domain/known-facts.ts";
import { problemsOf } from "../domain/problem.ts";
import { eventTypeSchema } from "../domain/step.ts";
import { plainly } from "./plain-problem.ts";
import { atField, type SourceProblem } from "./source-problem.ts";
import { readYaml } from "./yaml-source.ts";

/** Where the shop declares its own facts. */
export const FACTS = "facts.yaml";

const name = z.string().min(1).max(200);
const type = z.enum(factTypes, { error: `must be one of ${factTypes.join(", ")}` });

/** The file as written; an event without properties is `{}`. */
export const factsSchema = z.strictObject({
  traits: z.record(name, type).default({}).describe("Traits of profiles that your systems send, with their types."),
  events: z
    .record(eventTypeSchema, z.record(name, type))
    .default({})
    .describe(
      "Events that your systems send, with the types of their properties. A dotted name reaches into an object.",
    ),
});

const NONE: KnownFacts = { traits: {}, events: {} };

/** Reads the file; there need not be one. What Relance knows itself cannot be of another type. */
export function readFacts(text: string | undefined): { facts: KnownFacts; problems: SourceProblem[] } {
  if (text === undefined) return { facts: NONE, problems: [] };
  const source = readYaml(FACTS, text);
  if ("problems" in source) return { facts: NONE, problems: source.problems };
  const parsed = factsSchema.safeParse(source.body, { reportInput: true });
  if (!parsed.success) {
    const found = problemsOf(parsed.error, Object.keys(factsSchema.shape)).map((problem) =>
      atField(source, plainly(problem, source.body as JsonObject)),
    );
    return { facts: NONE, problems: found };
  }
  return { facts: parsed.data, problems: differences(parsed.data).map((problem) => atField(source, problem)) };
}

function differences({ traits, events }: KnownFacts) {
  const different = (path: string, says: string, known: string | undefined) =>
    known === undefined || known === says || known === "any"
      ? []
      : [
          {
            code: "other_type",
            path,
            message: `is ${says} here, but Relance knows it as ${known}; write ${known}, or take the line out`,
          },
        ];
  return [
    ...Object.entries(traits).flatMap(([trait, says]) =>
      different(`traits.${trait}`, says, traitType(builtInFacts, trait)),
    ),
    ...Object.entries(events).flatMap(([event, properties]) =>
      Object.entries(properties).flatMap(([property, says]) =>
        different(`events.${event}.${property}`, says, propertiesOf(builtInFacts, event)?.[property]),
      ),
    ),
  ];
}
