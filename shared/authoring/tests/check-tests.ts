// Decides whether the names in tests exist: campaigns, steps, segments, arms, reasons, and known events and traits.

import { closest } from "../../domain/closest.ts";
import type { EntryRefusal } from "../../domain/effect.ts";
import type { InputProblem } from "../../domain/event.ts";
import type { JsonObject } from "../../domain/json.ts";
import { type KnownFacts, propertiesOf, traitType, typeAt } from "../../domain/known-facts.ts";
import { eventTypeOf } from "../../domain/recognise.ts";
import { refusalReasons } from "../../domain/send.ts";
import { stepsOf } from "../campaign-parts.ts";
import { isObject } from "../condition-parts.ts";
import type { Read } from "../read-definition.ts";
import { atField, type SourceProblem } from "../source-problem.ts";
import type { WrittenExpectation, WrittenHappening, WrittenTest } from "./test-schema.ts";

type Names = { segments: string[]; campaigns: Map<string, JsonObject>; facts: KnownFacts };

const ENTRY_REASONS: Record<EntryRefusal, true> = {
  audience: true,
  "already-entered": true,
  "reentry-too-soon": true,
  "entry-key-missing": true,
  expired: true,
  paused: true,
  archived: true,
  loop: true,
};

/** Errors for names that do not exist in the folder, warnings for facts that nobody knows. */
export function checkTests(
  tests: WrittenTest[],
  { segments, campaigns, facts }: { segments: Read[]; campaigns: Read[]; facts: KnownFacts },
): SourceProblem[] {
  const names: Names = {
    segments: segments.flatMap(({ id }) => id ?? []),
    campaigns: new Map(campaigns.flatMap(({ id, source }) => (id && source ? [[id, source.body]] : []))),
    facts,
  };
  return tests.flatMap((test) => [
    ...unknownNames(test, names).map((problem) => atField(test, problem)),
    ...unknownFacts(test, facts).map((problem) => atField(test, problem, "warning")),
  ]);
}

function unknownNames({ body }: WrittenTest, names: Names): InputProblem[] {
  const scope = [body.campaign ?? []].flat();
  const ids = [...names.campaigns.keys()];
  return [
    ...scope.flatMap((id) => missing("campaign", { id, path: "campaign" }, ids)),
    ...Object.entries(body.splits ?? {}).flatMap(([id, arm]) => unknownArm(id, arm, names)),
    ...body.expect.flatMap((expectation, index) => [
      ...inExpectation(expectation, `expect[${index}]`, names),
      ...outOfScope(expectation, `expect[${index}]`, scope),
    ]),
  ];
}

function missing(what: string, { id, path }: { id: string; path: string }, known: string[]): InputProblem[] {
  if (known.includes(id)) return [];
  const nearest = closest(id, known);
  const hint = nearest === undefined ? `there are ${known.join(", ") || "none"}` : `did you mean ${nearest}?`;
  return [{ code: `unknown_${what}`, path, message: `names the ${what} ${id}, which does not exist; ${hint}` }];
}

function unknownArm(id: string, arm: string, { campaigns }: Names): InputProblem[] {
  const splits = [...campaigns.values()].flatMap(stepsOf).filter(({ step }) => Array.isArray(step["split"]));
  const path = `splits.${id}`;
  const problems = missing(
    "split",
    { id, path },
    splits.map(({ step }) => String(step["id"])),
  );
  if (problems.length > 0) return problems;
  const arms = splits.flatMap(({ step }) => {
    const ways = step["id"] === id && Array.isArray(step["split"]) ? step["split"] : [];
    return ways.flatMap((way) => (isObject(way) ? [String(way["arm"])] : []));
  });
  return missing("arm", { id: arm, path }, arms);
}

function inExpectation(expectation: WrittenExpectation, path: string, names: Names): InputProblem[] {
  const { sent, refused, reason, in: inside = [], notIn = [] } = expectation;
  const segment = (field: string) => (id: string, index: number) =>
    missing("segment", { id, path: `${path}.${field}[${index}]` }, names.segments);
  return [
    ...(sent === undefined ? [] : unknownSend(sent, `${path}.sent`, names)),
    ...(refused === undefined ? [] : unknownSend(refused, `${path}.refused`, names)),
    ...(reason === undefined || refused === undefined ? [] : unknownReason(reason, refused, `${path}.reason`)),
    ...inside.flatMap(segment("in")),
    ...notIn.flatMap(segment("notIn")),
  ];
}

function unknownSend(name: string, path: string, { campaigns }: Names): InputProblem[] {
  const [campaign = "", step] = name.split("/");
  const body = campaigns.get(campaign);
  if (body === undefined) return missing("campaign", { id: campaign, path }, [...campaigns.keys()]);
  if (step === undefined) return [];
  const sends = stepsOf(body).filter((part) => "send" in part.step);
  return missing(
    "send",
    { id: name, path },
    sends.map((part) => `${campaign}/${part.step["id"]}`),
  );
}

/** A mail is refused by a gate, a campaign is not entered: the two have reasons of their own. */
function unknownReason(reason: string, refused: string, path: string): InputProblem[] {
  const known = refused.includes("/") ? [...refusalReasons] : Object.keys(ENTRY_REASONS);
  return missing("reason", { id: reason, path }, known);
}

/** What is never compared cannot be expected. */
function outOfScope({ sent, refused }: WrittenExpectation, path: string, scope: string[]): InputProblem[] {
  const campaign = (sent ?? refused)?.split("/")[0];
  if (campaign === undefined || scope.length === 0 || scope.includes(campaign)) return [];
  const message = `is of ${campaign}, but this test compares ${scope.join(", ")} only; add it to campaign:`;
  return [{ code: "out_of_scope", path: `${path}.${sent === undefined ? "refused" : "sent"}`, message }];
}

function unknownFacts({ body }: WrittenTest, facts: KnownFacts): InputProblem[] {
  const lines = (list: WrittenHappening[], name: string) =>
    list.flatMap((line, index) => unknownInLine(line, `${name}[${index}]`, facts));
  return [
    ...unknownTraits(body.profile, "profile", facts),
    ...lines(body.history, "history"),
    ...lines(body.given, "given"),
    ...body.expect.flatMap(({ traits }, index) => unknownTraits(traits, `expect[${index}].traits`, facts)),
  ];
}

function unknownInLine(
  { event, properties, traits }: WrittenHappening,
  path: string,
  facts: KnownFacts,
): InputProblem[] {
  const problems = unknownTraits(traits, `${path}.traits`, facts);
  if (event === undefined) return problems;
  const type = eventTypeOf(event);
  const known = propertiesOf(facts, type);
  if (known === undefined)
    return [...problems, ...undeclared("event", { name: type, path: `${path}.event` }, Object.keys(facts.events))];
  return [
    ...problems,
    ...Object.keys(properties ?? {}).flatMap((name) =>
      typeAt(known, name) === undefined
        ? undeclared("property", { name, path: `${path}.properties.${name}` }, Object.keys(known))
        : [],
    ),
  ];
}

function unknownTraits(traits: JsonObject | undefined, path: string, facts: KnownFacts): InputProblem[] {
  return Object.keys(traits ?? {}).flatMap((name) =>
    name === "consent" || traitType(facts, name) !== undefined
      ? []
      : undeclared("trait", { name, path: `${path}.${name}` }, Object.keys(facts.traits)),
  );
}

function undeclared(what: string, { name, path }: { name: string; path: string }, known: string[]): InputProblem[] {
  const nearest = closest(name, known);
  const hint = nearest === undefined ? "mend the name" : `did you mean ${nearest}?`;
  const message = `is the ${what} ${name}, which is not known; ${hint} Otherwise declare it in facts.yaml`;
  return [
    { code: `unknown_${what}`, path, message: nearest === undefined ? message.replace(" Otherwise", ", or") : message },
  ];
}
