// Decides what was ever said about a consent, by whom and when, and what it may be by now: the person's latest act, a no of
// whoever says one, and a yes of a system only where nobody said anything else.
import type { Instant } from "../../../shared/domain/instant.ts";
import type { Item } from "../../../shared/pipeline/ports.ts";
import { FORM } from "../catalogues.ts";
import type { World } from "../stage.ts";

export type Word = "granted" | "denied";
/** Said between two instants of some worker's clock; `isSure`: it was answered, or stands in the timeline. */
export type Act = {
  profileId: string;
  purpose: string;
  state: Word;
  isPerson: boolean;
  /** By a form, not by a link in a mail. */
  isForm: boolean;
  from: Instant;
  to: Instant;
  isSure: boolean;
};

const acts = new WeakMap<World, Map<string, Act[]>>();

export function actsOf(world: World, profileId: string, purpose: string): readonly Act[] {
  return acts.get(world)?.get(`${profileId} ${purpose}`) ?? [];
}

function add(world: World, act: Act): Act {
  const known = acts.get(world) ?? new Map<string, Act[]>();
  acts.set(world, known);
  const name = `${act.profileId} ${act.purpose}`;
  known.set(name, [...(known.get(name) ?? []), act]);
  const { optedOut } = world.log;
  // A yes of their own that may be the later one.
  if (act.isPerson && act.state === "granted" && (optedOut.get(name) ?? act.to) < act.to + BEHIND_MS)
    optedOut.delete(name);
  return act;
}

/** A worker's clock may be ahead, or behind and then go back. */
const AHEAD_MS = 31_000;
const BEHIND_MS = 61_000;
const SECOND_MS = 1_000;
/** A try that nobody answered is over after this. */
const TRY_MS = 16_000;

/** Somebody follows a link in a mail; it may count or not until `answered`. */
export function begin(world: World, said: Pick<Act, "profileId" | "purpose" | "state">, tryMs = TRY_MS): Act {
  const { now } = world.scheduler;
  return add(world, {
    ...said,
    isPerson: true,
    isForm: false,
    from: now - BEHIND_MS,
    to: now + tryMs + AHEAD_MS,
    isSure: false,
  });
}

export function answered(world: World, act: Act): void {
  act.isSure = true;
  act.to = world.scheduler.now + AHEAD_MS;
}

/** An event that says something about consent. */
export function noteSaid(world: World, item: Item): void {
  const said = (item["traits"] as { consent?: unknown } | undefined)?.consent;
  if (typeof said !== "object" || said === null) return;
  const source = String(item["source"]);
  const at = item["receivedAt"] as Instant;
  for (const [purpose, word] of Object.entries(said)) {
    const state = typeof word === "string" ? word : (word as { state?: unknown } | null)?.state;
    if (state !== "granted" && state !== "denied") continue;
    const isPerson = source === FORM;
    if (state === "granted" && !isPerson && !isBelieved(world, source)) continue;
    // The door's clock tells whole seconds: a yes of the person may count as of the second's beginning.
    const from = isPerson && state === "granted" ? at - SECOND_MS : at;
    add(world, { profileId: item.pk.slice(8), purpose, state, isPerson, isForm: isPerson, from, to: at, isSure: true });
  }
}

/** No edit of a shop changes whose word counts. */
function isBelieved({ rules }: World, source: string): boolean {
  const [first] = rules.byRevision.values();
  return first?.settings.consent?.systems?.includes(source) ?? true;
}

/** What the consent may be, by everything that was said so far. */
export function possibleStates(world: World, profileId: string, purpose: string): Set<Word | undefined> {
  const all = actsOf(world, profileId, purpose);
  const weighty = all.filter(({ state, isPerson }) => isPerson || state === "denied");
  const sure = weighty.filter(({ isSure }) => isSure);
  const last = weighty.filter((act) => sure.every((other) => mayCome(act, other)));
  const found = new Set<Word | undefined>(last.map(({ state }) => state));
  if (sure.length === 0) found.add(all.length > weighty.length ? "granted" : undefined);
  return found;
}

/** Whether an act may be the later one of both; at the same instant a no outweighs a yes. */
const mayCome = (act: Act, other: Act) =>
  act === other ||
  act.to > other.from ||
  (act.to === other.from && (act.state === other.state || act.state === "denied"));
