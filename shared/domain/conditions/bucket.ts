// Decides conditions on a number drawn by lot: { bucket: spring-test, lt: 10 } is always the same tenth of all profiles.
import { bucketOf } from "../bucket.ts";
import { leaf, type Operator } from "../clause.ts";
import { type ComparisonKey, comparisonsIn, comparisonText, compileComparison } from "../comparison.ts";
import { checkComparison } from "../comparison-check.ts";
import type { InputProblem } from "../event.ts";
import type { JsonObject } from "../json.ts";
import { FALSE, TRUE } from "../verdict.ts";
import { checkName } from "./fields.ts";

const keys: ComparisonKey[] = ["lt", "lte", "gt", "gte", "between"];

function check(condition: JsonObject, path: string): InputProblem[] {
  const problems = [
    ...checkName(condition["bucket"], `${path}.bucket`, "what the lots are drawn for, for example spring-test"),
    ...checkComparison(condition, path, keys),
  ];
  if (problems.length > 0) return problems;
  const odd = comparisonsIn(condition)
    .flatMap(([, literal]) => [literal].flat())
    .find((literal) => typeof literal !== "number" || literal < 0 || literal > 100);
  if (odd !== undefined)
    return [
      {
        code: "not_a_percentage",
        path,
        message: `must compare with numbers from 0 to 100, not ${JSON.stringify(odd)}`,
      },
    ];
  const isEmpty = condition["lt"] === 0 || condition["gt"] === 100 || condition["gte"] === 100;
  const message = "can never be true: the number is 0 or more, and less than 100";
  return isEmpty ? [{ code: "never_true", path, message }] : [];
}

export const bucket: Operator = {
  key: "bucket",
  looksAt: "profile",
  fields: keys,
  check: (condition, { path }) => check(condition, path),
  compile: (condition, { path }) => {
    const name = condition["bucket"] as string;
    // Names of the language's own lots (holdouts, splits) must not be drawn by accident.
    const draw = (profileId: string) => bucketOf(profileId, `bucket ${name}`);
    const holds = compileComparison(condition);
    return leaf(path, `bucket ${name} ${comparisonText(condition)}`, {
      judge: ({ profile }) => (holds(draw(profile.id)) === true ? TRUE : FALSE),
      found: ({ profile }) => draw(profile.id),
    });
  },
};
