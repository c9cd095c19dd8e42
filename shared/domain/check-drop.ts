// Decides whether what is to be dropped at the door may be: nothing that Relance needs, and nothing that anything published uses.
import { type Definition, SETTINGS_ID } from "./definition.ts";
import type { InputProblem } from "./event.ts";
import { TOLD_TYPE } from "./event.ts";
import { type Settings, settingsSchema } from "./settings.ts";
import { neededTraits, type UsedFacts, usedFacts, userOf } from "./used-facts.ts";

/** Made by Relance when time passes: nothing of them comes through the door. */
const MADE_HERE = new Set(["churn_risk.detected", "birthday.reached"]);

/** Everything that is dropped and must not be, with its path in the settings; nothing where the settings are not sound. */
export function checkDrop(definitions: readonly Definition[]): InputProblem[] {
  const body = definitions.find(({ kind, id }) => kind === "settings" && id === SETTINGS_ID)?.body;
  const { data } = settingsSchema.safeParse(body);
  if (data === undefined || !dropsAnything(data)) return [];
  return dropProblems(data, usedFacts(definitions));
}

const dropsAnything = ({ drop }: Settings) => drop.traits.length > 0 || Object.keys(drop.properties).length > 0;

/** The same for settings and uses that are known. */
export function dropProblems({ drop }: Pick<Settings, "drop">, used: UsedFacts): InputProblem[] {
  return [
    ...drop.traits.flatMap((name, index) => ofTrait(name, `drop.traits[${index}]`, used)),
    ...Object.entries(drop.properties).flatMap(([type, names]) => ofEvent(type, names, used)),
  ];
}

function ofTrait(name: string, path: string, { traits }: UsedFacts): InputProblem[] {
  const needed = Object.keys(neededTraits).find((trait) => trait === name || name.startsWith(`${trait}.`));
  if (needed !== undefined) {
    const message = `names ${name}, which Relance needs: ${neededTraits[needed]}; take it off the list`;
    return [{ code: "needed", path, message }];
  }
  return inUse(path, { what: name, by: userOf(traits, name) });
}

function ofEvent(type: string, names: readonly string[], { properties }: UsedFacts): InputProblem[] {
  const path = `drop.properties.${type}`;
  if (TOLD_TYPE.test(type) || MADE_HERE.has(type)) {
    const message = `names ${type}, which Relance makes itself: nothing of it comes through the door; take it off the list`;
    return [{ code: "made_here", path, message }];
  }
  return names.flatMap((name, index) =>
    inUse(`${path}[${index}]`, { what: `${name} of ${type}`, by: userOf(properties.get(type), name) }),
  );
}

function inUse(path: string, { what, by }: { what: string; by: string | undefined }): InputProblem[] {
  if (by === undefined) return [];
  const message = `names ${what}, but it serves a purpose (${by}); take it off the list, or change what uses it first`;
  return [{ code: "drops_what_is_used", path, message }];
}
