// Decides whether rules and steps name events, properties and traits that are known, and ask what their types can answer.
import { closest } from "../domain/closest.ts";
import type { InputProblem } from "../domain/event.ts";
import type { JsonObject } from "../domain/json.ts";
import {
  builtInFacts,
  type FactType,
  type KnownFacts,
  propertiesOf,
  traitType,
  typeAt,
} from "../domain/known-facts.ts";
import { conditionsOf, eventsNamed, type Reference, stepsOf, triggerEvent } from "./campaign-parts.ts";
import { checkAmounts } from "./check-amounts.ts";
import { misfits } from "./check-comparison-types.ts";
import { type ConditionPart, eventOf, isObject, type Part, partsOf } from "./condition-parts.ts";
import type { Read } from "./read-definition.ts";
import { atField, type Severity, type SourceProblem } from "./source-problem.ts";

type Found = InputProblem & { severity: Severity };

const DECLARE = "declare it in facts.yaml";

/** Everything in segments and campaigns that does not fit what is known. */
export function checkFacts(reads: { segments: Read[]; campaigns: Read[] }, facts: KnownFacts): SourceProblem[] {
  const of = ({ source, problems }: Read, find: (body: JsonObject) => Found[]) => {
    if (source === undefined) return [];
    const found = find(source.body).map(({ severity, ...problem }) => atField(source, problem, severity));
    // What is unsound by itself has been said already.
    return found.filter((one) => !problems.some(({ line, column }) => line === one.line && column === one.column));
  };
  return [
    ...reads.segments.flatMap((read) => of(read, (body) => inConditions([whereOf(body)], facts))),
    ...reads.campaigns.flatMap((read) => of(read, (body) => inCampaign(body, facts))),
  ];
}

const whereOf = (body: JsonObject): ConditionPart => ({ condition: body["where"], path: "where", event: undefined });

function inCampaign(body: JsonObject, facts: KnownFacts): Found[] {
  return [
    ...eventsNamed(body).flatMap(({ id, path }) => event(id, path, facts)),
    ...inConditions(conditionsOf(body), facts),
    ...inSteps(body, facts),
  ];
}

function inConditions(conditions: ConditionPart[], facts: KnownFacts): Found[] {
  const parts = conditions.flatMap(partsOf);
  return [...parts.flatMap((part) => inPart(part, facts)), ...parts.flatMap(checkAmounts)];
}

function inPart({ fields, path, event: seen }: Part, facts: KnownFacts): Found[] {
  const { trait: named, property: asked, date, anniversary } = fields;
  const looked = eventOf(fields);
  return [
    ...(looked === undefined ? [] : event(looked.type, `${path}.${looked.key}`, facts)),
    ...(typeof named === "string"
      ? [
          ...trait(named, `${path}.trait`, facts),
          ...compared(fields, { path, what: named, type: traitType(facts, named) }),
        ]
      : []),
    ...(typeof asked === "string"
      ? [
          ...property(asked, `${path}.property`, { event: seen, facts }),
          ...compared(fields, { path, what: asked, type: typeOfProperty(asked, seen, facts) }),
        ]
      : []),
    ...(typeof date === "string" ? dated(date, `${path}.date`, facts) : []),
    ...(typeof anniversary === "string" ? dated(anniversary, `${path}.anniversary`, facts) : []),
    ...(looked !== undefined && typeof fields["of"] === "string"
      ? measured(fields, { path, event: looked.type, facts })
      : []),
  ];
}

function typeOfProperty(name: string, seen: string | undefined, facts: KnownFacts): FactType | undefined {
  const properties = seen === undefined ? undefined : propertiesOf(facts, seen);
  return properties && typeAt(properties, name);
}

function event(type: string, path: string, facts: KnownFacts): Found[] {
  if (propertiesOf(facts, type) !== undefined) return [];
  const hint = hintOf(type, Object.keys(facts.events), "under events");
  return [
    {
      severity: "warning",
      code: "unknown_event",
      path,
      message: `names the event ${type}, which is not known; ${hint}`,
    },
  ];
}

function trait(name: string, path: string, facts: KnownFacts): Found[] {
  if (traitType(facts, name) !== undefined) return [];
  const hint = hintOf(name, Object.keys(facts.traits), "under traits");
  return [
    {
      severity: "warning",
      code: "unknown_trait",
      path,
      message: `names the trait ${name}, which is not known; ${hint}`,
    },
  ];
}

function property(name: string, path: string, seen: { event: string | undefined; facts: KnownFacts }): Found[] {
  const properties = seen.event === undefined ? undefined : propertiesOf(seen.facts, seen.event);
  if (properties === undefined || typeAt(properties, name) !== undefined) return [];
  const hint = hintOf(name, Object.keys(properties), `under events, ${seen.event}`);
  const message = `names the property ${name}, which ${seen.event} is not known to have; ${hint}`;
  return [{ severity: "warning", code: "unknown_property", path, message }];
}

function hintOf(name: string, known: string[], where: string): string {
  const nearest = closest(name, known);
  return nearest === undefined
    ? `mend the name, or ${DECLARE} ${where}`
    : `did you mean ${nearest}? Otherwise ${DECLARE} ${where}`;
}

function compared(
  fields: JsonObject,
  { path, what, type }: { path: string; what: string; type: FactType | undefined },
): Found[] {
  if (type === undefined) return [];
  return misfits(fields, what, type).map(({ key, message }) => ({
    severity: "error",
    code: "never_matches",
    path: `${path}.${key}`,
    message,
  }));
}

/** A trait that is looked at as a date. */
function dated(name: string, path: string, facts: KnownFacts): Found[] {
  const type = traitType(facts, name);
  if (type === undefined) return trait(name, path, facts);
  if (type === "date" || type === "any") return [];
  if (type === "text") {
    const message = `looks at ${name} as a date, but it is known as a text; declare it as a date in facts.yaml`;
    return [{ severity: "warning", code: "not_a_date", path, message }];
  }
  const message = `can never match: ${name} is known as ${type}, not as a date; name a trait that holds a date`;
  return [{ severity: "error", code: "never_matches", path, message }];
}

/** sum, average, min, max: of a number with numbers, of an amount with amounts. */
function measured(
  fields: JsonObject,
  { path, event: type, facts }: { path: string; event: string; facts: KnownFacts },
): Found[] {
  const name = fields["of"] as string;
  const known = typeOfProperty(name, type, facts);
  if (known === "number" || known === "money") return compared(fields, { path, what: name, type: known });
  if (known === undefined || known === "any") return property(name, `${path}.of`, { event: type, facts });
  const message = `can never match: ${name} is known as ${known}; name a property that holds a number or an amount`;
  return [{ severity: "error", code: "never_matches", path: `${path}.of`, message }];
}

function inSteps(body: JsonObject, facts: KnownFacts): Found[] {
  const started = triggerEvent(body);
  const on = isObject(body["on"]) ? body["on"] : {};
  const ofEvent = ({ id, path }: Reference, seen: string | undefined) => property(id, path, { event: seen, facts });
  const key = typeof on["key"] === "string" ? ofEvent({ id: on["key"], path: "on.key" }, started) : [];
  return [...key, ...stepsOf(body).flatMap(({ step, path }) => inStep(step, path, { started, facts }))];
}

function inStep(step: JsonObject, path: string, run: { started: string | undefined; facts: KnownFacts }): Found[] {
  const { started, facts } = run;
  const wait = isObject(step["wait"]) ? step["wait"] : {};
  const found: Found[] = [];
  if (typeof wait["date"] === "string") found.push(...dated(wait["date"], `${path}.wait.date`, facts));
  if (typeof wait["key"] === "string") {
    const awaited = typeof wait["event"] === "string" ? wait["event"] : undefined;
    found.push(...property(wait["key"], `${path}.wait.key`, { event: awaited, facts }));
  }
  return [...found, ...["update", "properties"].flatMap((field) => inValues(step, { path, field, started, facts }))];
}

/** The values that an update gives to traits, or an emit to properties. */
function inValues(
  step: JsonObject,
  { path, field, started, facts }: { path: string; field: string; started: string | undefined; facts: KnownFacts },
): Found[] {
  const values = step[field];
  if (!isObject(values)) return [];
  return Object.entries(values).flatMap(([name, value]): Found[] => {
    const at = `${path}.${field}.${name}`;
    if (isObject(value)) {
      const { property: asked, trait: named } = value;
      return [
        ...(typeof asked === "string" ? property(asked, `${at}.property`, { event: started, facts }) : []),
        ...(typeof named === "string" ? trait(named, `${at}.trait`, facts) : []),
      ];
    }
    const isText = value === null || typeof value === "string";
    if (field !== "update" || isText || traitType(builtInFacts, name) === undefined) return [];
    const message = `must be a text, since Relance itself reads ${name}; put it in quotes: "${String(value)}"`;
    return [{ severity: "error", code: "other_type", path: at, message }];
  });
}
