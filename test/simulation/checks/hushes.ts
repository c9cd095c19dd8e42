// Decides whether somebody asked for the silence that an address has, or for its end.
import type { Instant } from "../../../shared/domain/instant.ts";
import type { World } from "../stage.ts";
import { pastOf, storedNow } from "./past.ts";

type Hush = { profileId: string; purpose: string; days: number; from: Instant; to: Instant };

const hushes = new WeakMap<World, Hush[]>();

const DAY_MS = 86_400_000;
const AHEAD_MS = 31_000;
const BEHIND_MS = 61_000;
const TRY_MS = 16_000;

/** Somebody asks for silence; 0 days: for its end. */
export function beginHush(world: World, asked: Pick<Hush, "profileId" | "purpose" | "days">): void {
  const { now } = world.scheduler;
  const all = hushes.get(world) ?? [];
  hushes.set(world, all);
  all.push({ ...asked, from: now - BEHIND_MS, to: now + TRY_MS + AHEAD_MS });
}

/** Whether that may be the silence that somebody with the address asked for. */
export function mayHush(
  world: World,
  { pk, purpose, until }: { pk: string; purpose: string; until: Instant | undefined },
): boolean {
  return (hushes.get(world) ?? []).some((hush) => {
    if (hush.purpose !== purpose || pastOf(world).had.get(hush.profileId)?.has(pk) !== true) return false;
    if (until === undefined || hush.days === 0) return (until === undefined) === (hush.days === 0);
    const askedAt = until - hush.days * DAY_MS;
    return askedAt >= hush.from && askedAt <= hush.to;
  });
}

/** Whoever asked and was answered is heard, unless somebody asked for something else meanwhile. */
export function checkHushed(world: World, pk: string, asked: Pick<Hush, "purpose" | "days"> & { at: Instant }): void {
  const stored = storedNow(world, pk, "ADDRESS")?.["address"] as { pauses?: Record<string, Instant> } | undefined;
  const until = stored?.pauses?.[asked.purpose];
  const others = (hushes.get(world) ?? []).filter((hush) => hush.purpose === asked.purpose && hush.to > asked.at);
  if (others.some(({ days }) => days !== asked.days)) return;
  if ((until === undefined) !== (asked.days === 0))
    world.violation("hush", `${pk}: ${asked.days} days of silence were asked for and answered, and it is ${until}`);
}
