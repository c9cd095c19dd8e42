// Decides conditions on the triggering event: { property: amount, gte: 80 EUR }.
import { leaf, type Operator } from "../clause.ts";
import { checkComparison, comparisonText, compileComparison } from "../comparison.ts";
import type { Json, JsonObject } from "../json.ts";

/** The value at a dotted path ("shipping.country"); `undefined` when a part is missing. */
export function propertyAt(properties: JsonObject | undefined, path: string): Json | undefined {
  let value: Json | undefined = properties;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, name))
      return undefined;
    value = value[name];
  }
  return value;
}

export const propertyCondition: Operator = {
  key: "property",
  check: (condition, path) =>
    typeof condition["property"] === "string" && condition["property"] !== ""
      ? checkComparison(condition, path)
      : [
          {
            code: "not_a_name",
            path: `${path}.property`,
            message: "must be the name of an event property, for example amount",
          },
        ],
  compile: (condition, { path }) => {
    const name = condition["property"] as string;
    const holds = compileComparison(condition);
    return leaf(path, `property ${name} ${comparisonText(condition)}`, {
      judge: ({ properties }) => ({ is: holds(propertyAt(properties, name)) }),
      found: ({ properties }) => propertyAt(properties, name),
    });
  },
};
