// Decides what a compiled condition is: something that can be judged at an instant, and explained.
import type { CounterSpec } from "./counter.ts";
import type { InputProblem } from "./event.ts";
import type { Instant } from "./instant.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Profile } from "./profile.ts";
import type { Truth, Verdict } from "./verdict.ts";

/** What a condition may look at. */
export type Facts = {
  profile: Profile;
  /** Properties of the event that triggers; absent where there is none (segments). */
  properties?: JsonObject;
  /** When the run was entered; absent where there is no run. */
  enteredAt?: Instant;
  /** Membership of another segment at the same instant; `since` reaches back to when it was entered. */
  segment(id: string): Verdict;
  /** The profile's IANA time zone. */
  zone(): string;
};

/**
 * What a condition has to look at besides the profile. `profile`: nothing (segments). `event`: the triggering event's
 * properties (`on.where`, `audience`). `run`: those, and when the run was entered (branches, exits, goals). `properties`:
 * the properties of one event and nothing else (`where` of a count).
 */
export type Scope = "profile" | "event" | "run" | "properties";

/** A compiled condition. `path` is its place in the definition ("audience.all[0]"); a leaf has no `parts`. */
export type Clause = {
  path: string;
  /** The condition as written, in short: what a person reads in an explanation. */
  says: string;
  parts: Clause[];
  /** How the verdicts of its parts make its own; absent on leaves. */
  combine?(verdicts: Verdict[]): Verdict;
  /** Set on clauses that turn the truth of their parts round (none, not). */
  turns?: true;
  judge(facts: Facts, at: Instant): Verdict;
  /** The same truth as `judge` says, found as cheaply as possible: where nobody asks since when and until when. */
  holds(facts: Facts, at: Instant): Truth;
  /** The value a leaf looked at; `undefined` when there is none. */
  found(facts: Facts, at: Instant): Json | undefined;
};

/** Collected while compiling: what the rule counts and which segments it uses. */
export type Needs = { counters: CounterSpec[]; segments: string[] };

export type CompileContext = { path: string; needs: Needs };

/** How one operator of the condition language is checked and compiled; `key` is the field that names it. */
export type Operator = {
  key: string;
  /** `parts`: only at what its parts look at; `properties`: at the event's properties; `profile`: at what is known. */
  looksAt: "parts" | "properties" | "profile";
  /** The fields it allows beside its key. */
  fields: readonly string[];
  check(condition: JsonObject, context: CheckContext): InputProblem[];
  compile(condition: JsonObject, context: CompileContext, nested: Compile): Clause;
};

/** `nested` checks a part of the condition: `path` is the part's own place, `scope` another one than the whole's. */
export type CheckContext = {
  path: string;
  scope: Scope;
  nested(condition: Json, path: string, scope?: Scope): InputProblem[];
};
export type Compile = (condition: Json, context: CompileContext) => Clause;

type LeafParts = Pick<Clause, "judge" | "found"> & Partial<Pick<Clause, "holds">>;

/** A leaf clause; without `holds` of its own it asks `judge`. */
export function leaf(path: string, says: string, { judge, found, holds }: LeafParts): Clause {
  return { path, says, parts: [], judge, found, holds: holds ?? ((facts, at) => judge(facts, at).is) };
}

/** The test of an event's properties that a compiled `where` makes: unknown is no match. */
export function matcherOf(where: Clause): (properties: JsonObject) => boolean {
  return (properties) => where.holds({ properties } as Facts, 0) === true;
}
