// Decides how one seed is lived: chaos, with safety checked at every commit; then the faults stop, and everything must come to
// its end.
import { HOUR_MS, MINUTE_MS } from "../../shared/domain/instant.ts";
import { Actors } from "./actors.ts";
import { checkEnd } from "./checks/at-end.ts";
import { checkOrder } from "./checks/order.ts";
import { faultPoints as allFaultPoints } from "./faults.ts";
import type { Life } from "./life.ts";
import { newLog } from "./log.ts";
import { lifeOf } from "./random-life.ts";
import { IDLE } from "./scheduler.ts";
import { openShop, ownCompiled, type Shop, shopOf } from "./shop.ts";
import { traced } from "./trace.ts";
import { SimWorld } from "./world.ts";

/** Every fault point; over a run of many seeds none may stay unreached. */
export const faultPoints: readonly string[] = allFaultPoints;

export type SeedResult = {
  seed: number;
  violations: { invariant: string; says: string; at: number }[];
  /** Empty unless it was asked for. */
  trace: string[];
  traceHash: string;
  /** How often each fault point was reached. */
  faults: Record<string, number>;
  counts: Record<string, number>;
  virtualMs: number;
};

/**
 * How long after the last fault everything must be at its end: the longest hold (a send waits until it expires, 72 hours at
 * most after it became due, and a run at most 3 hours before that) and twice the longest retry (the 6 hours of an unknown
 * outcome), and a day.
 */
export const DRAINS_WITHIN_MS = 24 * HOUR_MS + 75 * HOUR_MS + 2 * 6 * HOUR_MS;
const OPERATOR_EVERY_MS = 2 * MINUTE_MS;
/** So long nothing must have been under way: by then every wake-up that a worker lost was handed out again. */
const QUIET_MS = 26 * MINUTE_MS;

/** Lives one seed. The same seed leads to the same trace, in whatever process and after whatever other seeds. */
export async function runSeed(seed: number, options: { trace?: boolean } = {}): Promise<SeedResult> {
  const life = lifeOf(seed);
  const shop = await shopOf(life.variant);
  const world = openWorld(seed, { life, shop, trace: options.trace === true });
  if (life.isPlain) world.faults.keepGentle();
  await live(world, life, shop);
  if (life.isPlain) await checkOrder(world, await livedInOrder(seed, life, shop));
  const { violations, lines, hash, faults, counts, scheduler, observer } = world;
  return {
    seed,
    violations,
    trace: lines ?? [],
    traceHash: hash.text(),
    faults: faults.reached,
    counts: {
      ...counts,
      intents: observer.intents,
      leases: observer.leases,
      workers: world.workers,
      messages: world.messages,
      throttledByRate: world.mailer.throttledByRate,
    },
    virtualMs: scheduler.now - life.startAt,
  };
}

function openWorld(seed: number, { life, shop, trace }: { life: Life; shop: Shop; trace: boolean }): SimWorld {
  const { startAt } = life;
  return new SimWorld({ seed, startAt, rules: shop.rules, log: newLog(life), compiled: ownCompiled(shop), trace });
}

/** The same life, every call in the order in which it happened, and nothing goes wrong. */
async function livedInOrder(seed: number, life: Life, shop: Shop): Promise<SimWorld> {
  const world = openWorld(seed, { life, shop, trace: false });
  world.faults.calm = true;
  const happened = (action: Life["actions"][number]) =>
    action.kind === "calls" ? Date.parse(String(action.items[0]?.["timestamp"])) : action.at;
  await live(world, { ...life, actions: life.actions.map((action) => ({ ...action, at: happened(action) })) }, shop);
  return world;
}

async function live(world: SimWorld, life: Life, shop: Shop): Promise<void> {
  const { scheduler, faults, observer } = world;
  await openShop(world.table, shop, life);
  world.isOpen = true;
  const actors = new Actors(world, shop.variant);
  for (const action of life.actions) scheduler.at(action.at, () => actors.act(action));
  let over = false;
  const drainsBy = () => calmAt + DRAINS_WITHIN_MS;
  let calmAt = Number.POSITIVE_INFINITY;
  let quietSince = Number.POSITIVE_INFINITY;
  const lastAt = Math.max(life.endAt, ...life.actions.map(({ at }) => at));
  /** From here on nothing goes wrong any more, and the operator sees to what is left. */
  const operate = () => {
    const isQuiet = actors.open === 0 && world.isQuiet();
    quietSince = isQuiet ? Math.min(quietSince, scheduler.now) : Number.POSITIVE_INFINITY;
    over = scheduler.now > drainsBy() || scheduler.now - quietSince >= QUIET_MS;
    for (const queue of Object.values(world.queues)) queue.redrive();
    const isHeldUp = observer.hasHeld();
    if (isHeldUp) actors.resumeAll();
    if (!over) scheduler.at(scheduler.now + OPERATOR_EVERY_MS, operate);
    return isHeldUp ? undefined : IDLE;
  };
  scheduler.at(lastAt, () => {
    traced(world, () => "--- calm: the faults stop");
    calmAt = scheduler.now;
    faults.calm = true;
    actors.resumeAll();
    operate();
  });
  await scheduler.run(() => over);
  world.isOpen = false;
  await checkEnd(world, scheduler.now <= drainsBy());
}
