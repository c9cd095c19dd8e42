// Decides whether the variables of a template are known: traits of profiles, and properties of the events that send it.
import { closest } from "../domain/closest.ts";
import { type KnownFacts, propertiesOf, typeAt } from "../domain/known-facts.ts";
import { fileError, type SourceProblem } from "./source-problem.ts";
import { type TemplateSources, variablesIn, type Written } from "./template-sources.ts";

/**
 * Who sends a template, and on which event; nobody yet when the campaign is missing. `sure`: properties without which nobody
 * enters the campaign.
 */
export type Sender = { campaign?: string; event?: string; sure?: readonly string[] };

/** A warning for each variable that nobody has ever heard of; one that some sender's event has may be meant for that one. */
export function checkVariables(sources: TemplateSources, senders: Sender[], facts: KnownFacts): SourceProblem[] {
  const texts = new Set([...sources.subject, ...sources.html, ...sources.text]);
  return [...texts].flatMap(variablesIn).flatMap(({ path: [root, ...names], at }) => {
    const name = names.slice(0, names.includes("*") ? names.indexOf("*") : undefined).join(".");
    if (name === "" || (root === "event" && name === "type")) return [];
    if (root === "profile") return typeAt(facts.traits, name) === undefined ? [unknownTrait(name, at, facts)] : [];
    return root === "event" ? unknownProperty(name, at, { senders, facts }) : [];
  });
}

function unknownTrait(name: string, at: Written, facts: KnownFacts): SourceProblem {
  const hint = hintOf(name, Object.keys(facts.traits), "traits");
  return warning(at, "unknown_trait", `profile.${name} is no trait that is known; ${hint}`);
}

function unknownProperty(
  name: string,
  at: Written,
  { senders, facts }: { senders: Sender[]; facts: KnownFacts },
): SourceProblem[] {
  const known = senders.map(({ event }) => (event === undefined ? undefined : propertiesOf(facts, event)));
  if (known.some((properties) => properties === undefined || typeAt(properties, name) !== undefined)) return [];
  const events = [...new Set(senders.map(({ event }) => event))].join(" and ");
  const by = senders.map(({ campaign }) => campaign).join(" and ");
  const hint = hintOf(
    name,
    known.flatMap((properties) => Object.keys(properties ?? {})),
    `events, ${events}`,
  );
  return [
    warning(at, "unknown_property", `event.${name} is not known: this mail is sent by ${by} on ${events}; ${hint}`),
  ];
}

function hintOf(name: string, known: string[], where: string): string {
  const nearest = closest(name, known);
  const declare = `declare it in facts.yaml under ${where}`;
  return nearest === undefined ? `mend the name, or ${declare}` : `did you mean ${nearest}? Otherwise ${declare}`;
}

const warning = ({ file, ...place }: Written, code: string, message: string): SourceProblem => ({
  ...fileError(file, { code, message }, place),
  severity: "warning",
});
