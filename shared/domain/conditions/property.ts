// Decides conditions on the triggering event: { property: amount, gte: 80 EUR }.
import { leaf, type Operator } from "../clause.ts";
import { comparisonKeys, comparisonText, compileComparison } from "../comparison.ts";
import { checkComparison } from "../comparison-check.ts";
import { propertyReader } from "../property-at.ts";
import { checkName } from "./fields.ts";

export const propertyCondition: Operator = {
  key: "property",
  looksAt: "properties",
  fields: comparisonKeys,
  check: (condition, { path }) => [
    ...checkName(condition["property"], `${path}.property`, "an event property, for example amount"),
    ...checkComparison(condition, path),
  ],
  compile: (condition, { path }) => {
    const name = condition["property"] as string;
    const read = propertyReader(name);
    const holds = compileComparison(condition);
    return leaf(path, `property ${name} ${comparisonText(condition)}`, {
      judge: ({ properties }) => ({ is: holds(read(properties)) }),
      holds: ({ properties }) => holds(read(properties)),
      found: ({ properties }) => read(properties),
    });
  },
};
