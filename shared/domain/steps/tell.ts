// Decides what the steps that tell something make known: new values of traits, or an event for others and for campaigns.

import { ownEvent } from "../deciding.ts";
import { derive } from "../derive.ts";
import { IDENTIFIED } from "../event.ts";
import { MAX_STEPS, type Step } from "../journey.ts";
import type { Json, JsonObject } from "../json.ts";
import { propertyAt } from "../property-at.ts";
import type { StepValue } from "../step.ts";
import { traitNamed } from "../trait.ts";
import type { StepContext } from "./step-outcome.ts";

/** Updates traits: a word of Relance's own, like one of any source. */
export function doUpdate(step: Extract<Step, { kind: "update" }>, context: StepContext): void {
  tell(context, { type: IDENTIFIED, step: step.id }, { traits: valuesOf(step.traits, context) });
}

/** Emits an event: it counts, and may start other campaigns. */
export function doEmit(step: Extract<Step, { kind: "emit" }>, context: StepContext): void {
  tell(context, { type: step.type, step: step.id }, { properties: valuesOf(step.properties, context) });
}

function tell(
  { deciding, campaign, run }: StepContext,
  { type, step }: { type: string; step: string },
  said: { traits?: JsonObject; properties?: JsonObject },
): void {
  // The number of the step puts those of one instant in order.
  const number = campaign.steps.findIndex(({ id }) => id === step) + MAX_STEPS;
  const of = `${campaign.id}/${number}-${step}/${run.key}`;
  const { traits, properties = {} } = said;
  const event = ownEvent(deciding, { type, at: run.since, of }, properties);
  derive(deciding, { ...event, ...(traits && { traits }) }, run.cause.chain);
}

/** Values as written, or taken from the run's cause or a trait; what is not known is left out. */
function valuesOf(written: Record<string, StepValue>, { deciding, run }: StepContext): JsonObject {
  const asKnown = (value: StepValue): Json | undefined => {
    if (typeof value !== "object" || value === null) return value;
    return "property" in value
      ? propertyAt(run.cause.properties, value.property)
      : traitNamed(deciding.draft.traits, value.trait)?.value;
  };
  return Object.fromEntries(
    Object.entries(written).flatMap(([name, value]) => {
      const known = asKnown(value);
      return known === undefined ? [] : [[name, known]];
    }),
  );
}
