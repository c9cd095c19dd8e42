// Decides what the doctor says of traits and properties that serve no purpose: which they are, and the lines that drop them.
import type { Drop } from "../../domain/drop.ts";
import { type UnusedProperty, unusedIn } from "../views/minimisation.ts";
import type { Check, NextStep } from "./finding.ts";
import { shownName } from "./shown-name.ts";

/** Names that are listed one by one; the lines to paste have all of them. */
const SHOWN = 20;

export const unusedFacts: Check = async ({ catalogue, used, sample }) => {
  const { drop } = catalogue.settings;
  const { traits, properties, events } = unusedIn(sample, used, drop);
  if (traits.length + properties.length === 0) return [];
  const names = [
    ...traits.map(({ name, seen }) => `${shownName(name)} (${seen} of ${sample.profiles.length} profiles)`),
    ...properties.map(
      ({ type, name, seen }) => `${shownName(name)} of ${type} (${seen} of ${countOf(sample.events, type)} events)`,
    ),
  ];
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
  return [
    {
      id: "unused-facts",
      level: "advice",
      says: `No rule, mail or report uses: ${names.slice(0, SHOWN).join(", ")}${more}.`,
      means: `Personal data that serves no purpose is to be left out. Seen in a sample of profiles (${sample.profiles.length}) and newest events (${sample.events.length}, 30 days back at most): what comes rarely may not be among them.${computedFirst(properties)}`,
      next: [
        {
          words: "Throw them away at the door: let this be the drop: of relance.yaml, without what you still need",
          yaml: dropLines({ traits: traits.map(({ name }) => name), properties }, drop),
        },
        ...stopSending(events),
        { words: "See what the change would do, then publish it", command: "plan" },
      ],
    },
  ];
};

/** What the amount and the category of an event are computed from. */
const PARTS = new Set(["total", "revenue", "currency", "products"]);

function computedFirst(properties: UnusedProperty[]): string {
  return properties.some(({ name }) => PARTS.has(name))
    ? " Amounts and categories are computed before anything is dropped."
    : "";
}

const countOf = (events: { type: string }[], type: string) => events.filter((event) => event.type === type).length;

function stopSending(events: string[]): NextStep[] {
  if (events.length === 0) return [];
  const words = `Nothing asks about ${events.join(", ")} at all: whoever sends these events may stop`;
  return [{ words }];
}

/** The whole block, with what is dropped already; a part of what is to be dropped whole is not named beside it. */
function dropLines(unused: { traits: string[]; properties: UnusedProperty[] }, drop: Drop): string {
  const types = new Map(Object.entries(drop.properties).map(([type, names]) => [type, [...names]]));
  for (const [type, found] of Map.groupBy(unused.properties, (one) => one.type)) {
    const names = found.map(({ name }) => name);
    types.set(type, [...withoutPartsOf(names, types.get(type) ?? []), ...names]);
  }
  const traits = [...withoutPartsOf(unused.traits, drop.traits), ...unused.traits];
  return [
    "drop:",
    ...(traits.length === 0 ? [] : [`  traits: [${traits.map(shownName).join(", ")}]`]),
    ...(types.size === 0 ? [] : ["  properties:"]),
    ...[...types].map(([type, names]) => `    ${type}: [${names.map(shownName).join(", ")}]`),
    "",
  ].join("\n");
}

const withoutPartsOf = (wholes: readonly string[], names: readonly string[]) =>
  names.filter((name) => !wholes.some((whole) => name.startsWith(`${whole}.`)));
