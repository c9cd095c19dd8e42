// Decides what a life consists of: who lives in it, and what everybody does when.
import type { Instant } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";

/** By whom a link is opened. `scanner`: all links of the mail at once; `trap`: the one no person sees. */
export type Clicker = "person" | "scanner" | "trap" | "head";
export type PeopleAction =
  | { kind: "choose"; user: string; purpose: string; state: "granted" | "denied" }
  | { kind: "hush"; user: string; days: number }
  | { kind: "click"; user: string; by: Clicker }
  | { kind: "erase"; user: string; by: "person" | "operator" | "email" }
  | { kind: "sync"; user: string; id: string; traits: JsonObject }
  | { kind: "stray"; what: string; user: string };

export type Person = { user: string; email: string };
export type Action = { at: Instant } & (
  | PeopleAction
  /** `source`: absent for the shop's own. */
  | { kind: "calls"; items: JsonObject[]; source?: string }
  | { kind: "malformed"; id: string }
  | { kind: "import"; facts: JsonObject[] }
  | { kind: "unsubscribe"; user: string }
  | { kind: "suppress"; email: string }
  | { kind: "pause" | "resume"; what: string }
  | { kind: "publish"; which: "first" | "second" }
);

/**
 * `nightAt`: when the shop's numbers are counted next; `pullAt`: when the provider's own list is asked for. `isPlain`: nothing but calls, told at once; their order of arrival must
 * make no difference.
 */
export type Life = {
  isPlain: boolean;
  variant: number;
  startAt: Instant;
  endAt: Instant;
  nightAt: Instant;
  pullAt: Instant;
  people: Person[];
  actions: Action[];
};
