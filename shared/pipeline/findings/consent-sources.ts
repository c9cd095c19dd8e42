// Decides what the doctor says of those who bring consent: forms that nothing comes from, systems that may be forms, and those
// that nobody believes.
import type { Check, Examined, Finding } from "./finding.ts";
import { shownName } from "./shown-name.ts";

const FORM_LINES = `consent:
  forms:
    checkout-form: { how: "checkbox at the checkout", wording: "2026-01" }
`;

export const consentSources: Check = async (examined) => {
  const forms = Object.keys(examined.catalogue.settings.consent.forms);
  return [
    ...unbelieved(examined, forms),
    ...(forms.length === 0 ? withoutForms(examined) : silentForms(examined, forms)),
  ];
};

const namesOf = (sources: string[]) => sources.map(shownName).join(", ");

/** Sources of which somebody's word on consent is in the sample, with how many such events. */
function speakers({ sample }: Examined): Map<string, number> {
  const found = new Map<string, number>();
  for (const { source, traits } of sample.events)
    if (traits?.["consent"] !== undefined) found.set(source, (found.get(source) ?? 0) + 1);
  return found;
}

/** Where only some systems are believed: the yes of the others is passed over. */
function unbelieved(examined: Examined, forms: string[]): Finding[] {
  const { systems } = examined.catalogue.settings.consent;
  if (systems === undefined) return [];
  const others = [...speakers(examined).keys()].filter((source) => ![...forms, ...systems].includes(source)).toSorted();
  if (others.length === 0) return [];
  return [
    {
      id: "unbelieved-consent",
      level: "advice",
      says: `${namesOf(others)} ${others.length === 1 ? "speaks" : "speak"} of consent, and a yes of theirs is not believed.`,
      means:
        "consent.systems in relance.yaml names the only systems whose yes counts. People who are known to have agreed by others alone get no marketing.",
      next: [
        {
          words: "Is it meant so, or is a source called otherwise? Compare with the sources that tail shows",
          command: "tail",
        },
      ],
    },
  ];
}

function withoutForms(examined: Examined): Finding[] {
  const sources = [...speakers(examined).keys()].toSorted();
  if (sources.length === 0) return [];
  return [
    {
      id: "no-consent-form",
      level: "advice",
      says: `No source is a consent form: what ${namesOf(sources)} ${sources.length === 1 ? "says" : "say"} of consent is a system's word.`,
      means:
        "A system's yes counts while nobody has said anything else. Who said no once and agrees again on your site stays closed, unless they do so in the preference centre.",
      next: [
        {
          words:
            "Where people themselves speak, name the source in relance.yaml, with what they saw; give it a write key of its own",
          yaml: FORM_LINES,
        },
      ],
    },
  ];
}

function silentForms(examined: Examined, forms: string[]): Finding[] {
  const heard = speakers(examined);
  const silent = forms.filter((form) => !heard.has(form));
  const others = [...heard.keys()].filter((source) => !forms.includes(source)).toSorted();
  if (silent.length === 0 || others.length === 0) return [];
  return [
    {
      id: "silent-consent-form",
      level: "advice",
      says: `Nothing on consent came from ${namesOf(silent)} lately, but from ${namesOf(others)}.`,
      means: `If ${silent.length === 1 ? "the form" : "a form"} is called otherwise by now, a new yes of people who said no before does not count. A source is named as its write key is, or as Source of PutEvents says.`,
      next: [
        {
          words: "Compare the names under consent.forms in relance.yaml with the sources that tail shows",
          command: "tail",
        },
      ],
    },
  ];
}
