// Decides how conditions are combined: all, any, none, not.
import type { Clause, CompileContext, Operator } from "../clause.ts";
import type { Json, JsonObject } from "../json.ts";
import { all, any, not, type Verdict } from "../verdict.ts";

const MAX_CHILDREN = 50;

function list(key: "all" | "any" | "none", combine: (verdicts: Verdict[]) => Verdict): Operator {
  return {
    key,
    check: (condition, path, nested) => {
      const parts = condition[key];
      if (!Array.isArray(parts) || parts.length === 0 || parts.length > MAX_CHILDREN) {
        return [
          { code: "not_a_list", path: `${path}.${key}`, message: `must be a list of 1 to ${MAX_CHILDREN} conditions` },
        ];
      }
      return parts.flatMap((part, index) => nested(part, `${path}.${key}[${index}]`));
    },
    compile: (condition, context, nested) => {
      const parts = (condition[key] as Json[]).map((part, index) =>
        nested(part, { ...context, path: `${context.path}.${key}[${index}]` }),
      );
      return combined(key, parts, { context, combine });
    },
  };
}

function combined(
  says: string,
  parts: Clause[],
  how: { context: CompileContext; combine: (verdicts: Verdict[]) => Verdict },
): Clause {
  return {
    path: how.context.path,
    says,
    parts,
    judge: (facts, at) => how.combine(parts.map((part) => part.judge(facts, at))),
    found: () => undefined,
  };
}

export const allOf = list("all", all);
export const anyOf = list("any", any);
export const noneOf = list("none", (verdicts) => not(any(verdicts)));

export const notOf: Operator = {
  key: "not",
  check: (condition, path, nested) => nested(condition["not"] as Json, `${path}.not`),
  compile: (condition: JsonObject, context, nested) => {
    const part = nested(condition["not"] as Json, { ...context, path: `${context.path}.not` });
    return combined("not", [part], { context, combine: ([verdict]) => not(verdict as Verdict) });
  },
};
