// Decides conditions on a trait: { trait: country, in: [FR, BE] }.
import { leaf, type Operator } from "../clause.ts";
import { checkComparison, comparisonText, compileComparison } from "../comparison.ts";
import { traitNamed } from "../trait.ts";

export const traitCondition: Operator = {
  key: "trait",
  check: (condition, path) =>
    typeof condition["trait"] === "string" && condition["trait"] !== ""
      ? checkComparison(condition, path)
      : [{ code: "not_a_name", path: `${path}.trait`, message: "must be the name of a trait, for example country" }],
  compile: (condition, { path }) => {
    const name = condition["trait"] as string;
    const holds = compileComparison(condition);
    return leaf(path, `trait ${name} ${comparisonText(condition)}`, {
      judge: ({ profile }) => {
        const trait = traitNamed(profile.traits, name);
        const is = holds(trait?.value);
        return trait === undefined ? { is } : { is, since: trait.at };
      },
      found: ({ profile }) => traitNamed(profile.traits, name)?.value,
    });
  },
};
