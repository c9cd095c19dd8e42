// Decides which changes of the settings take protection from people: who is erased sooner, whose word counts for more, who is
// written to or watched without having agreed.
import { type Definition, placeOf } from "./definition.ts";
import { parseDuration } from "./instant.ts";
import { type Settings, settingsSchema } from "./settings.ts";

/** `path`: the setting, and `place` where it stands in the new files. `says`: what it does to people, as a sentence. */
export type Loosening = { path: string; place: string; says: string };

type Change = { path: string; says: string };
type Sides = { before: Settings; after: Settings };

/** Nothing where no settings were live before: there was nobody whom they protected. */
export function loosenedSettings(before: readonly Definition[], after: readonly Definition[]): Loosening[] {
  const [was, is] = [settingsIn(before), settingsIn(after)];
  if (was === undefined || is === undefined) return [];
  const sides = { before: settingsSchema.parse(was.body), after: settingsSchema.parse(is.body) };
  return [...retention(sides), ...forms(sides), ...systems(sides), ...bases(sides), ...customers(sides)].map(
    ({ path, says }) => ({ path, place: placeOf(is, path), says }),
  );
}

const settingsIn = (definitions: readonly Definition[]) => definitions.find(({ kind }) => kind === "settings");
const length = (duration: string) => parseDuration(duration) as number;

function retention({ before, after }: Sides): Change[] {
  const [was, is] = [before.retention, after.retention];
  const changes: Change[] = [];
  if (length(is.after) < length(was.after)) {
    const says = `Who did nothing themselves for ${is.after} may be erased for good; until now it takes ${was.after}.`;
    changes.push({ path: "retention.after", says });
  }
  if (is.automatic && !was.automatic) {
    const says = `Every night, whoever did nothing themselves for ${is.after} is erased for good, and nobody is asked.`;
    changes.push({ path: "retention.automatic", says });
  }
  return changes;
}

function forms({ before, after }: Sides): Change[] {
  const added = Object.keys(after.consent.forms).filter((source) => !Object.hasOwn(before.consent.forms, source));
  return added.map((source) => ({
    path: `consent.forms.${source}`,
    says: `What ${JSON.stringify(source)} says counts as people's own word: its yes lifts their earlier no.`,
  }));
}

function systems({ before, after }: Sides): Change[] {
  const [was, is] = [before.consent.systems, after.consent.systems];
  if (was === undefined) return [];
  const believed = [...was, ...Object.keys(before.consent.forms)];
  const added = is?.filter((source) => !believed.includes(source));
  if (added?.length === 0) return [];
  const who = added === undefined ? "every source" : added.map((source) => JSON.stringify(source)).join(", ");
  const says = `The yes of ${who} counts as agreement of people who said nothing themselves.`;
  return [{ path: "consent.systems", says }];
}

const WITHOUT_ASKING = {
  marketing: "People get marketing without having agreed, until they say no",
  "open-tracking": "It is tracked whether people open their mails, without their having agreed",
};

function bases({ before, after }: Sides): Change[] {
  const purposes = Object.keys(WITHOUT_ASKING) as (keyof typeof WITHOUT_ASKING)[];
  return purposes.flatMap((purpose) => {
    const [was, is] = [before.consent.basis[purpose], after.consent.basis[purpose]];
    const countries = [...new Set([...Object.keys(was.byCountry), ...Object.keys(is.byCountry)])].toSorted();
    const loosened = countries.filter((country) => {
      const [then, now] = [was.byCountry[country] ?? was.default, is.byCountry[country] ?? is.default];
      return then === "consent" && now !== "consent";
    });
    const isEverywhere = was.default === "consent" && is.default !== "consent";
    if (!isEverywhere && loosened.length === 0) return [];
    const where = [...(isEverywhere ? ["wherever nothing else is said"] : []), ...loosened].join(", ");
    const path = `consent.basis.${purpose}`;
    const field = isEverywhere ? ".default" : loosened.length === 1 ? `.byCountry.${loosened[0]}` : ".byCountry";
    return [{ path: `${path}${field}`, says: `${WITHOUT_ASKING[purpose]}: ${where}.` }];
  });
}

function customers({ before: { existingCustomers: was }, after: { existingCustomers: is } }: Sides): Change[] {
  if (is === undefined) return [];
  const where = is.countries === undefined ? "" : ` in ${is.countries.join(", ")}`;
  const says = `Who bought within ${is.within}${where} gets marketing without having agreed, until they say no.`;
  if (was === undefined) return [{ path: "existingCustomers", says }];
  const isLonger = length(is.within) > length(was.within);
  const { countries: known } = was;
  const isWider =
    known !== undefined && (is.countries === undefined || is.countries.some((country) => !known.includes(country)));
  return [
    ...(isLonger ? [{ path: "existingCustomers.within", says }] : []),
    ...(isWider ? [{ path: "existingCustomers.countries", says }] : []),
  ];
}
