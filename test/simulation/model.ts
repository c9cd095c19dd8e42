// Decides what the simulation remembers of a shop by itself: people, addresses, sends and claims, from what was committed and
// what the actors did.
import type { Instant } from "../../shared/domain/instant.ts";
import type { Json } from "../../shared/domain/json.ts";
import type { Item, Mail } from "../../shared/pipeline/ports.ts";

/** A value with what it was before, and since when (true time) it is what it is. */
export type Lately<T> = { now: T; before: T; since: Instant };

export type Claim = {
  sendId: string;
  campaign: string;
  purpose: string;
  /** As recorded, by the worker's clock. */
  at: Instant;
  trueAt: Instant;
  /** Table key of the address. */
  address: string | undefined;
  email: Lately<string | undefined>;
  isGivenBack: boolean;
  /** True time since when it certainly counts no more; a resent one goes on counting. */
  givenBackAt?: Instant;
};

export type SendSeen = {
  id: string;
  profileId: string;
  campaign: string;
  revision: string;
  step: string;
  key: string;
  template: string;
  purpose: string;
  priority: string;
  arm: string;
  causeSk: string;
  causeAt: Instant;
  intendedAt: Instant;
  expiresAt: Instant;
  /** True time of the intent's commit, and the address the profile had then. */
  bornAt: Instant;
  bornFor: string | undefined;
  state: string;
  reason: string | undefined;
  attempts: number;
  /** As recorded: when the ledger's latest word was said. */
  saidAt: Instant;
  version: number;
  dueAt: string | undefined;
  isHeld: boolean;
  claims: Claim[];
  calls: number;
  /** True instants at which the provider took it. */
  accepted: Instant[];
  /** Calls whose outcome stayed unknown. */
  unknowns: number;
};

export type PersonSeen = {
  id: string;
  email: Lately<string | undefined>;
  timezone: Lately<string | undefined>;
  country: Lately<string | undefined>;
  lastPurchaseAt: Lately<Instant | undefined>;
  consent: Lately<string | undefined>;
  activity: Record<string, Json>;
  traits: Record<string, Json>;
  memberships: Record<string, Instant>;
};

export type AddressSeen = {
  pk: string;
  /** What closes it: purposes, "erasure", or "all" for what nobody takes back; with the true time since when. */
  closed: Map<string, Instant>;
  claims: { at: Instant; sendId: string; purpose: string; shadow?: true }[];
};

export type RunSeen = { revision: string; state: string };

/** Something that took effect, for the checks. */
export type Change =
  | { kind: "intent"; send: SendSeen }
  | { kind: "claim"; send: SendSeen; claim: Claim }
  | { kind: "state"; send: SendSeen; from: string; wasSaidAt: Instant }
  | { kind: "lease"; send: SendSeen; wasDueAt: string | undefined }
  | { kind: "run"; name: string; revision: string; before: RunSeen | undefined }
  | { kind: "consent"; profileId: string; purpose: string; state: string }
  | { kind: "address"; address: AddressSeen; item: Item }
  | { kind: "called"; send: SendSeen | undefined }
  | { kind: "accepted"; mail: Mail; send: SendSeen | undefined };

export const TERMINAL: ReadonlySet<string> = new Set(["SENT", "REJECTED", "ABANDONED", "REFUSED", "EXPIRED"]);

/** Remembers a new value if it is one. */
export function noted<T>(known: Lately<T> | undefined, value: T, at: Instant): Lately<T> {
  if (known === undefined) return { now: value, before: value, since: at };
  return known.now === value ? known : { now: value, before: known.now, since: at };
}

/** What the value may have been for somebody who read it a moment ago. */
export function within<T>({ now, before, since }: Lately<T>, at: Instant, ms: number): T[] {
  return at - since <= ms && before !== now ? [now, before] : [now];
}

/** Somebody who was erased: since when (true time, and as the product says). */
export type ErasedSeen = { id: string; trueAt: Instant; erasedAt: Instant };

/** A committed event: how often it was put as a new one, and what it said. */
export type EventSeen = { profileId: string; item: Item; puts: number };

/** Everything the observer knows. Maps are by id, or by table key. */
export type Seen = {
  readonly sends: ReadonlyMap<string, SendSeen>;
  /** Sends of people who were erased, as they were last. */
  readonly forgotten: ReadonlyMap<string, SendSeen>;
  readonly erased: ReadonlyMap<string, ErasedSeen>;
  readonly people: ReadonlyMap<string, PersonSeen>;
  readonly addresses: ReadonlyMap<string, AddressSeen>;
  readonly events: ReadonlyMap<string, EventSeen>;
  /** The revision of the latest entry. */
  readonly entries: ReadonlyMap<string, string>;
  /** Every claim there was, the given back ones too. */
  readonly claims: Claim[];
  readonly mails: readonly { mail: Mail; at: Instant }[];
  /** Which revision is active since when. */
  readonly publications: readonly { seq: number; revision: string; at: Instant }[];
  readonly seq: number;
  intents: number;
  leases: number;
  /** What an operator paused: "ACCOUNT", or a campaign's id. */
  stops(): string[];
  /** Whether a send waits for somebody to resume. */
  hasHeld(): boolean;
  /** The send, whoever it was for. */
  sendOf(sendId: string): SendSeen | undefined;
  openRuns(): string[];
  openJobs(): string[];
  /** The table key of an address. */
  pkOf(email: string): string;
  addressAt(pk: string): AddressSeen;
  /** Somebody was told that no more mail of a purpose ("all": of any) goes to the address. */
  close(email: string, purpose: string): void;
};
