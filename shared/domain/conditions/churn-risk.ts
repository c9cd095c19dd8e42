// Decides whether a customer is at risk of leaving: { churnRisk: true }.
import { leaf, type Operator } from "../clause.ts";
import { iso } from "../instant.ts";
import { not, UNKNOWN, type Verdict } from "../verdict.ts";

export const churnRisk: Operator = {
  key: "churnRisk",
  looksAt: "profile",
  fields: [],
  check: (condition, { path }) =>
    typeof condition["churnRisk"] === "boolean"
      ? []
      : [{ code: "not_a_boolean", path: `${path}.churnRisk`, message: "must be true or false" }],
  compile: (condition, { path }) =>
    leaf(path, `churn risk is ${condition["churnRisk"]}`, {
      judge: ({ profile: { churn } }, at) => {
        if (churn === undefined) return UNKNOWN;
        const verdict: Verdict =
          at >= churn.atRiskAt
            ? { is: true, since: churn.atRiskAt }
            : { is: false, since: churn.lastAt, flipAt: churn.atRiskAt };
        return condition["churnRisk"] === true ? verdict : not(verdict);
      },
      holds: ({ profile: { churn } }, at) =>
        churn === undefined ? undefined : at >= churn.atRiskAt === condition["churnRisk"],
      found: ({ profile: { churn } }) =>
        churn && {
          atRiskAt: iso(churn.atRiskAt),
          lastPurchaseAt: iso(churn.lastAt),
          gapDays: churn.gapDays,
          shopGapDays: churn.shopGapDays,
        },
    }),
};
