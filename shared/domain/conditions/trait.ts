// Decides conditions on a trait: { trait: country, in: [FR, BE] }.
import { leaf, type Operator } from "../clause.ts";
import { comparisonKeys, comparisonText, compileComparison } from "../comparison.ts";
import { checkComparison } from "../comparison-check.ts";
import { traitNamed } from "../trait.ts";
import { verdictOf } from "../verdict.ts";
import { checkName } from "./fields.ts";

export const traitCondition: Operator = {
  key: "trait",
  looksAt: "profile",
  fields: comparisonKeys,
  check: (condition, { path }) => [
    ...checkName(condition["trait"], `${path}.trait`, "a trait, for example country"),
    ...checkComparison(condition, path),
  ],
  compile: (condition, { path }) => {
    const name = condition["trait"] as string;
    const holds = compileComparison(condition);
    return leaf(path, `trait ${name} ${comparisonText(condition)}`, {
      judge: ({ profile }) => {
        const trait = traitNamed(profile.traits, name);
        return verdictOf(holds(trait?.value), trait?.at);
      },
      holds: ({ profile }) => holds(traitNamed(profile.traits, name)?.value),
      found: ({ profile }) => traitNamed(profile.traits, name)?.value,
    });
  },
};
