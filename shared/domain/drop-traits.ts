// Decides what becomes of traits that were learned before somebody said that they are to be dropped: they are forgotten.
import type { Catalogue } from "./catalogue.ts";
import { without } from "./drop.ts";
import { armBirthday } from "./fold.ts";
import type { JsonObject } from "./json.ts";
import { draftOf, type Profile } from "./profile.ts";
import { type Traits, textTrait } from "./trait.ts";

/** The profile without the traits, or parts of traits, that are dropped at the door; the same object when it has none of them. */
export function withoutDroppedTraits(profile: Profile, { settings }: Pick<Catalogue, "settings">): Profile {
  const traits = keptOf(profile.traits, settings.drop.traits);
  if (traits === profile.traits) return profile;
  const kept = { ...draftOf(profile), traits };
  if (textTrait(traits, "birthday") !== textTrait(profile.traits, "birthday")) armBirthday(kept, { settings });
  return kept;
}

function keptOf(traits: Traits, names: readonly string[]): Traits {
  // Most profiles have none of them.
  if (!names.some((name) => Object.hasOwn(traits, name) || Object.hasOwn(traits, name.split(".", 1)[0] as string)))
    return traits;
  const values: JsonObject = Object.fromEntries(Object.entries(traits).map(([name, { value }]) => [name, value]));
  const kept = without(values, names);
  if (kept === values) return traits;
  return Object.fromEntries(
    Object.entries(traits).flatMap(([name, trait]) =>
      Object.hasOwn(kept, name) ? [[name, { ...trait, value: kept[name] ?? null }]] : [],
    ),
  );
}
