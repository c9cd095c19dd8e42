// Decides the JSON Schema of conditions: one object per operator, by what it may look at (scope); see domain/condition.ts.
import type { Scope } from "../../domain/clause.ts";
import { comparisonKeys, quantityKeys } from "../../domain/comparison.ts";
import { momentKeys, pastMomentKeys } from "../../domain/moment.ts";
import {
  described,
  duration,
  eventType,
  fields,
  listOf,
  literal,
  name,
  quantity,
  reference,
  type Schema,
  text,
} from "./json-schema.ts";

const SCOPES: readonly Scope[] = ["profile", "event", "run", "properties"];

/** The name of a scope's conditions among the definitions. */
export const conditionName = (scope: Scope): string => `${scope}Condition`;

const COMPARISONS: Record<string, Schema> = {
  eq: described(literal, "Equal to this text, number, amount, true or false."),
  ne: described(literal, "Not equal to this."),
  in: described(listOf(literal, { minItems: 1 }), "Equal to one of these."),
  lt: described(quantity, 'Less than this number or amount, for example "80 EUR".'),
  lte: described(quantity, "This number or amount at most."),
  gt: described(quantity, "More than this number or amount."),
  gte: described(quantity, "This number or amount at least."),
  between: described(listOf(quantity, { minItems: 2, maxItems: 2 }), "From the first to the second, both included."),
  contains: described(literal, "The text contains this, or the list has this value."),
  startsWith: described(name, "The text starts with this. Capital letters matter."),
  endsWith: described(name, "The text ends with this. Capital letters matter."),
  exists: described({ type: "boolean" }, "true: there is a value; false: there is none."),
};

const MOMENTS: Record<string, Schema> = {
  within: described(duration, "Not longer ago than this, and not in the future."),
  olderThan: described(duration, "Longer ago than this."),
  ahead: described(duration, "In the future, and at most this far away."),
  before: described(text, "Before this date or instant."),
  after: described(text, "After this date or instant."),
};

type Operator = { looksAt: "parts" | "properties" | "profile"; schema(scope: Scope): Schema };

const pick = (from: Record<string, Schema>, keys: readonly string[]): Record<string, Schema> =>
  Object.fromEntries(keys.map((key) => [key, from[key] as Schema]));

/** At least one of the fields must be there. */
const withOneOf = (schema: Schema, keys: readonly string[]): Schema => ({
  ...schema,
  anyOf: keys.map((key) => ({ required: [key] })),
});

const where = described(reference(conditionName("properties")), "Only events whose properties meet this count.");
const count = { type: "integer", minimum: 0, maximum: 50 };
const event = described(eventType, "The type of the event, for example purchase.completed.");

function combination(key: string, says: string): Operator {
  const list = (scope: Scope) => listOf(reference(conditionName(scope)), { minItems: 1, maxItems: 50 });
  return { looksAt: "parts", schema: (scope) => fields({ [key]: described(list(scope), says) }, [key]) };
}

function comparison(key: "trait" | "property", says: string): Operator {
  const schema = fields({ [key]: described(name, says), ...COMPARISONS }, [key]);
  return { looksAt: key === "trait" ? "profile" : "properties", schema: () => withOneOf(schema, comparisonKeys) };
}

function aggregate(key: string, says: string): Operator {
  const own = {
    [key]: described(eventType, says),
    of: described(name, "The property that holds a number or an amount, for example amount."),
    within: described(duration, "Only the last so many days count, for example 90 days."),
    where,
    ...pick(COMPARISONS, quantityKeys),
  };
  return { looksAt: "profile", schema: () => withOneOf(fields(own, [key, "of"]), quantityKeys) };
}

function happening(key: string, says: string): Operator {
  const own = { [key]: described(eventType, says), where, ...pick(MOMENTS, pastMomentKeys) };
  return { looksAt: "profile", schema: () => withOneOf(fields(own, [key]), pastMomentKeys) };
}

const did = (scope: Scope): Schema =>
  fields(
    {
      did: event,
      atLeast: described(count, "This often or more."),
      atMost: described(count, "This often or less."),
      exactly: described(count, "Exactly this often."),
      within: described(duration, "Only the last so much time counts, for example 30 days."),
      ...(scope === "run" && { since: described({ const: "entry" }, "Only what came after the run was entered.") }),
      where,
    },
    ["did"],
  );

const percent = { type: "number", minimum: 0, maximum: 100 };
const draws: Record<string, Schema> = {
  ...Object.fromEntries(["lt", "lte", "gt", "gte"].map((key) => [key, percent])),
  between: listOf(percent, { minItems: 2, maxItems: 2 }),
};

const profile = (schema: Schema): Operator => ({ looksAt: "profile", schema: () => schema });

/** Every operator of the language by its key. */
const OPERATORS: Record<string, Operator> = {
  all: combination("all", "All of these are true."),
  any: combination("any", "At least one of these is true."),
  none: combination("none", "None of these is true."),
  not: {
    looksAt: "parts",
    schema: (scope) => fields({ not: described(reference(conditionName(scope)), "This is not true.") }, ["not"]),
  },
  trait: comparison("trait", "The name of a trait, for example country."),
  property: comparison("property", "A property of the event, for example amount or shipping.country."),
  did: { looksAt: "profile", schema: did },
  didNot: profile(
    fields({ didNot: event, for: described(duration, "For so long, for example 60 days."), where }, ["didNot", "for"]),
  ),
  sum: aggregate("sum", "Adds up a property of these events."),
  average: aggregate("average", "The mean of a property of these events."),
  min: aggregate("min", "The smallest value of a property of these events."),
  max: aggregate("max", "The largest value of a property of these events."),
  first: happening("first", "When the first of these events was."),
  last: happening("last", "When the last of these events was."),
  date: profile(
    withOneOf(
      fields({ date: described(name, "A trait that holds a date, for example trialEnds."), ...MOMENTS }, ["date"]),
      momentKeys,
    ),
  ),
  inSegment: profile(
    fields(
      {
        inSegment: described(text, "The id of a segment."),
        for: described(duration, "For at least so long, for example 7 days."),
      },
      ["inSegment"],
    ),
  ),
  anniversary: profile(
    fields(
      {
        anniversary: {
          anyOf: [name, fields({ first: event }, ["first"])],
          description: "A trait that holds a date, or { first: purchase.completed }.",
        },
        within: described(duration, "Within the next so many days, today included."),
      },
      ["anniversary"],
    ),
  ),
  bucket: profile(
    withOneOf(
      fields({ bucket: described(name, "What the lots are drawn for, for example spring-test."), ...draws }, [
        "bucket",
      ]),
      Object.keys(draws),
    ),
  ),
  churnRisk: profile(
    fields({ churnRisk: described({ type: "boolean" }, "Silent for longer than their rhythm says.") }, ["churnRisk"]),
  ),
};

/** What may be looked at in each scope besides the combinations. */
const SEES: Record<Scope, readonly Operator["looksAt"][]> = {
  profile: ["parts", "profile"],
  event: ["parts", "profile", "properties"],
  run: ["parts", "profile", "properties"],
  properties: ["parts", "properties"],
};

/** The definitions of all conditions, by `conditionName`. */
export function conditionDefinitions(): Record<string, Schema> {
  return Object.fromEntries(
    SCOPES.map((scope) => {
      const allowed = Object.values(OPERATORS).filter(({ looksAt }) => SEES[scope].includes(looksAt));
      return [conditionName(scope), { oneOf: allowed.map(({ schema }) => schema(scope)) }];
    }),
  );
}

/** The fields of every operator, its own key included, where most of them are allowed. */
export function operatorFields(): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(OPERATORS).map(([key, { schema }]) => [key, Object.keys(schema("run")["properties"] as Schema)]),
  );
}
