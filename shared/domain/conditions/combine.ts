// Decides how conditions are combined: all, any, none, not.
import type { Clause, CompileContext, Operator } from "../clause.ts";
import type { Json, JsonObject } from "../json.ts";
import { all, any, not, type Truth, type Verdict } from "../verdict.ts";

const MAX_CHILDREN = 50;

type Combination = {
  judge(verdicts: Verdict[]): Verdict;
  /** The truth of one part that settles the whole. */
  decisive: boolean;
  /** Whether the whole is the contrary of what its parts come to. */
  turns: boolean;
};

function combined(says: string, parts: Clause[], { path, how }: { path: string; how: Combination }): Clause {
  const { decisive, turns } = how;
  const settled = decisive !== turns;
  return {
    path,
    says,
    parts,
    ...(turns && { turns }),
    combine: how.judge,
    judge: (facts, at) => how.judge(parts.map((part) => part.judge(facts, at))),
    holds: (facts, at) => {
      let result: Truth = !settled;
      for (const part of parts) {
        const truth = part.holds(facts, at);
        if (truth === decisive) return settled;
        if (truth === undefined) result = undefined;
      }
      return result;
    },
    found: () => undefined,
  };
}

function list(key: "all" | "any" | "none", how: Combination): Operator {
  return {
    key,
    looksAt: "parts",
    fields: [],
    check: (condition, { path, nested }) => {
      const parts = condition[key];
      if (!Array.isArray(parts) || parts.length === 0 || parts.length > MAX_CHILDREN) {
        const message = `must be a list of 1 to ${MAX_CHILDREN} conditions`;
        return [{ code: "not_a_list", path: `${path}.${key}`, message }];
      }
      return parts.flatMap((part, index) => nested(part, `${path}.${key}[${index}]`));
    },
    compile: (condition, context, nested) => {
      const parts = (condition[key] as Json[]).map((part, index) =>
        nested(part, { ...context, path: `${context.path}.${key}[${index}]` }),
      );
      return combined(key, parts, { path: context.path, how });
    },
  };
}

export const allOf = list("all", { judge: all, decisive: false, turns: false });
export const anyOf = list("any", { judge: any, decisive: true, turns: false });
export const noneOf = list("none", { judge: (verdicts) => not(any(verdicts)), decisive: true, turns: true });

const negation: Combination = { judge: ([verdict]) => not(verdict as Verdict), decisive: true, turns: true };

export const notOf: Operator = {
  key: "not",
  looksAt: "parts",
  fields: [],
  check: (condition, { path, nested }) => nested(condition["not"] as Json, `${path}.not`),
  compile: (condition: JsonObject, context: CompileContext, nested) => {
    const part = nested(condition["not"] as Json, { ...context, path: `${context.path}.not` });
    return combined("not", [part], { path: context.path, how: negation });
  },
};
