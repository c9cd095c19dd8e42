// Decides what a compiled condition is: something that can be judged at an instant, and explained.
import type { CounterSpec } from "./counter.ts";
import type { InputProblem } from "./event.ts";
import type { Instant } from "./instant.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Profile } from "./profile.ts";
import type { Verdict } from "./verdict.ts";

/** What a condition may look at. */
export type Facts = {
  profile: Profile;
  /** Properties of the event that triggers; absent where there is none (segments). */
  properties?: JsonObject;
  /** The verdict of another segment at the same instant. */
  segment(id: string): Verdict;
};

/** A compiled condition. `path` is its place in the definition ("audience.all[0]"); a leaf has no `parts`. */
export type Clause = {
  path: string;
  /** The condition as written, in short: what a person reads in an explanation. */
  says: string;
  parts: Clause[];
  judge(facts: Facts, at: Instant): Verdict;
  /** The value a leaf looked at; `undefined` when there is none. */
  found(facts: Facts, at: Instant): Json | undefined;
};

/** Collected while compiling: what the rule counts and which segments it uses. */
export type Needs = { counters: CounterSpec[]; segments: string[] };

export type CompileContext = { path: string; needs: Needs };

/** How one operator of the condition language is checked and compiled; `key` is the field that names it. */
export type Operator = {
  key: string;
  check(condition: JsonObject, path: string, nested: Check): InputProblem[];
  compile(condition: JsonObject, context: CompileContext, nested: Compile): Clause;
};

export type Check = (condition: Json, path: string) => InputProblem[];
export type Compile = (condition: Json, context: CompileContext) => Clause;

/** A leaf clause. */
export function leaf(path: string, says: string, parts: Pick<Clause, "judge" | "found">): Clause {
  return { path, says, parts: [], ...parts };
}
