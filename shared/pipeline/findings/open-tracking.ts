// Decides what the doctor says of open tracking that does not rest on consent.
import type { Check } from "./finding.ts";

export const openTracking: Check = async ({ catalogue }) => {
  const bases = catalogue.settings.consent.basis["open-tracking"];
  const countries = Object.entries(bases.byCountry).flatMap(([country, basis]) =>
    basis === "consent" ? [] : [country],
  );
  const where = bases.default === "consent" ? countries : ["everywhere else", ...countries];
  if (where.length === 0) return [];
  return [
    {
      id: "open-tracking-without-consent",
      level: "advice",
      says: `Opening a mail is tracked without asking: ${where.join(", ")}.`,
      means:
        "A pixel reads from somebody's device; in the European Union that needs consent, whatever the mail itself rests on. Nothing in Relance decides on opens.",
      next: [
        {
          words: "Let it rest on consent, in relance.yaml, unless your lawyer says otherwise",
          yaml: "consent:\n  basis:\n    open-tracking: { default: consent }\n",
        },
      ],
    },
  ];
};
