// Decides how a rule is explained: clause by clause, with the value it found, its verdict, since when and until when.
import { decisive } from "./admit.ts";
import type { Clause, Facts } from "./clause.ts";
import { type Definition, placeOf } from "./definition.ts";
import { type Instant, iso, parseInstant } from "./instant.ts";
import type { Json } from "./json.ts";
import { isMoney, moneyText } from "./money.ts";
import type { Truth, Verdict } from "./verdict.ts";

/**
 * One clause as it was judged. `at`: file:line:column. `why`: what makes it unknown. `flipsAt`: the earliest instant at
 * which time alone may change it, possibly early, never late.
 */
export type ClauseView = {
  says: string;
  at: string;
  verdict: "true" | "false" | "unknown";
  found?: Json;
  why?: string;
  since?: string;
  flipsAt?: string;
  parts?: ClauseView[];
};

/** What a clause is judged with, and where it is written. */
export type Explaining = { facts: Facts; at: Instant; definition: Pick<Definition, "file" | "lines"> };

const COMBINED: Record<string, string> = { all: "all of", any: "any of", none: "none of" };

/** A clause with all its parts. Pure; microseconds. */
export function explainClause(clause: Clause, explaining: Explaining): ClauseView {
  return explained(clause, explaining).view;
}

/** Every leaf is judged once; what combines them is asked with their verdicts. */
function explained(clause: Clause, explaining: Explaining): { view: ClauseView; verdict: Verdict } {
  const { facts, at, definition } = explaining;
  const parts = clause.parts.map((part) => explained(part, explaining));
  const verdict = clause.combine?.(parts.map((part) => part.verdict)) ?? clause.judge(facts, at);
  const { is, since, flipAt } = verdict;
  const isLeaf = clause.parts.length === 0;
  const view: ClauseView = {
    says: isLeaf ? clause.says : (COMBINED[clause.says] ?? clause.says),
    at: placeOf(definition, clause.path),
    verdict: verdictText(is),
  };
  const found = clause.found(facts, at);
  if (found !== undefined) view.found = found;
  if (isLeaf && is === undefined) view.why = whyUnknown(found);
  if (since !== undefined) view.since = iso(since);
  if (flipAt !== undefined) view.flipsAt = iso(flipAt);
  if (!isLeaf) view.parts = parts.map((part) => part.view);
  return { view, verdict };
}

const verdictText = (is: Truth) => (is === undefined ? "unknown" : is ? "true" : "false");

/** Only missing and incomparable values make a condition unknown. */
function whyUnknown(found: Json | undefined): string {
  if (found === undefined || found === null) return "nothing is known of it";
  if (isMoney(found)) return `an amount in ${found.currency} does not compare with what is written`;
  const kind = Array.isArray(found) ? "list" : typeof found === "string" ? "text" : typeof found;
  return kind === "object" ? "nothing comparable is known of it" : `a ${kind} does not compare with what is written`;
}

/** The clause that made the rule what it is, in one phrase: `trait country in ["FR"], found BE (campaigns/x.yaml:7:5)`. */
export function decisivePhrase(rule: Clause, { facts, at, definition }: Explaining): string {
  const clause = decisive(rule, (part) => part.holds(facts, at));
  return phraseOf(clause, clause.found(facts, at), placeOf(definition, clause.path));
}

/** A clause as said, with what it found; one below an odd number of `not` and `none` must not be so. */
export function phraseOf(
  { says, path }: Pick<Clause, "says" | "path">,
  found: Json | undefined,
  place: string,
): string {
  const isTurned = (path.match(/\.(not(?![^.[])|none\[)/g) ?? []).length % 2 === 1;
  const what = found === undefined || found === null ? "nothing known" : `found ${valueText(found)}`;
  return `${isTurned ? "must not be: " : ""}${says}, ${what} (${place})`;
}

/** The clause that stands at a path, in any of some rules. */
export function clauseAt(rules: readonly (Clause | undefined)[], path: string): Clause | undefined {
  for (const rule of rules) {
    if (rule === undefined) continue;
    const found = rule.path === path ? rule : clauseAt(rule.parts, path);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A value as a person reads it: amounts as money, instants to the minute, objects as their fields. */
export function valueText(value: Json): string {
  if (isMoney(value)) return moneyText(value);
  if (typeof value === "string")
    return value.length > 10 && parseInstant(value) !== undefined
      ? `${value.slice(0, 16).replace("T", " ")} UTC`
      : value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return JSON.stringify(value);
  return Object.entries(value)
    .map(([name, inner]) => `${name} ${valueText(inner)}`)
    .join(", ");
}
