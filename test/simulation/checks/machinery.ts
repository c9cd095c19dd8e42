// Decides whether the machinery keeps count: no write over somebody else's, rate slots given out once, places under ceilings
// reserved before they are used and given back once, sends that go first known to their address.
import type { Item, Write } from "../../../shared/pipeline/ports.ts";
import { type Claim, type SendSeen, TERMINAL } from "../model.ts";
import { inForce } from "../rules.ts";
import type { Working, World } from "../stage.ts";
import { dayAt } from "./may-room.ts";
import { isRough, pastOf, type Reserved, storedNow } from "./past.ts";
import { checkSwitch } from "./switches.ts";

/** Asked for every transaction, before it is noted. */
export function checkWrites(world: World, writes: readonly Write[]): void {
  const { versions } = pastOf(world);
  const worker = world.writers.get(writes[0] as object);
  for (const write of writes) {
    if ("delete" in write) {
      versions.delete(`${write.delete.pk} ${write.delete.sk}`);
      if (write.delete.pk === "STOP") checkSwitch(world, write.delete, undefined);
    }
    if (!("put" in write)) continue;
    const { put } = write;
    const name = `${put.pk} ${put.sk}`;
    if (put.version !== undefined) {
      const known = versions.get(name);
      if (known !== undefined && put.version <= known)
        world.violation("lost-update", `${name} was of version ${known} and is put as ${put.version}`);
      versions.set(name, put.version);
    }
    if (put.pk === "STOP") checkSwitch(world, put, put);
    else if (put.pk === "RATE") checkSlots(world, put);
    else if (put.pk.startsWith("CEILING#")) checkPlaces(world, put, worker);
  }
}

const SLOTS = "RATE ACCOUNT";

/** Whoever reserves puts the end of all slots further on, by one slot at least. */
function checkSlots(world: World, put: Item): void {
  const past = pastOf(world);
  const before = past.stored.get(SLOTS)?.at(-1)?.item?.["tat"] as number | undefined;
  const after = put["tat"] as number;
  const slotMs = 1_000 / world.mailer.quota().perSecond;
  if (before !== undefined && after < before + slotMs)
    world.violation("rate", `the slots ended at ${before} and end at ${after}: somebody's slot is given out twice`);
  past.stored.set(SLOTS, [{ item: put, since: world.scheduler.now }]);
}

function checkPlaces(world: World, put: Item, worker: Working | undefined): void {
  const { reserved } = pastOf(world);
  const key = `${put.pk} ${put.sk}`;
  const before = (storedNow(world, put.pk, put.sk)?.["used"] as number | undefined) ?? 0;
  const used = put["used"] as number;
  if (used < 0) world.violation("ceiling", `${key} counts ${used}`);
  if (worker === undefined) return;
  const own: Reserved = reserved.get(worker) ?? new Map();
  const mine = (own.get(key) ?? 0) + used - before;
  reserved.set(worker, own.set(key, mine));
  if (mine < 0) world.violation("ceiling", `${worker.name} gave back ${-mine} places of ${key} that it never had`);
}

/** The ceilings' keys that a claim counts under. */
function keysOf(world: World, { campaign, at, trueAt }: Claim): string[][] {
  return inForce(world.observer, world.rules, trueAt).map(({ settings, campaigns }) => {
    const day = `DAY#${dayAt(at, settings.timezone.default)}`;
    return [
      ...(settings.maxPerDay === undefined ? [] : [`CEILING#ACCOUNT ${day}`]),
      ...(campaigns.get(campaign)?.maxPerDay === undefined ? [] : [`CEILING#CAMPAIGN#${campaign} ${day}`]),
    ];
  });
}

/** A claim stands on a place that its own worker reserved. */
export function checkPlaceOf(world: World, send: SendSeen, claim: Claim): void {
  const past = pastOf(world);
  const worker = past.writer;
  if (worker === undefined) return;
  past.claimants.set(claim, worker);
  past.claimedBy.set(worker, [...(past.claimedBy.get(worker) ?? []), send]);
  const own = past.reserved.get(worker);
  const hasPlace = keysOf(world, claim).some((keys) =>
    keys.every((key) => (own?.get(key) ?? 0) >= countOf(world, worker, key)),
  );
  if (!hasPlace)
    world.violation(
      "ceiling",
      `${send.campaign} ${send.id.slice(0, 6)} was claimed without a place under its ceilings`,
    );
}

/** Claims of a worker that count under a ceiling: those that the provider did not refuse. */
function countOf(world: World, worker: Working, key: string): number {
  const past = pastOf(world);
  let count = 0;
  for (const send of past.claimedBy.get(worker) ?? []) {
    const claim = send.claims.find((one) => past.claimants.get(one) === worker);
    if (claim === undefined || !keysOf(world, claim).some((keys) => keys.includes(key))) continue;
    const again = send.claims[send.claims.indexOf(claim) + 1]?.trueAt ?? Number.POSITIVE_INFINITY;
    const isRefused = past.refusals.get(send.id)?.some(({ at }) => at >= claim.trueAt && at < again);
    if (isRefused !== true) count++;
  }
  return count;
}

/** In the end: who was not interrupted keeps no more places than it used. */
export function checkReserved(world: World): void {
  if (hasFailed(world)) return;
  if (world.observer.publications.length > 1) return;
  for (const [worker, own] of pastOf(world).reserved) {
    if ((worker as { isGone?: boolean }).isGone === true) continue;
    for (const [key, places] of own) {
      const used = countOf(world, worker, key);
      if (places !== used)
        world.violation("ceiling", `${worker.name} keeps ${places} places of ${key} for ${used} mails`);
    }
  }
}

/** Faults that a worker survives: it goes on without knowing. */
function hasFailed({ faults }: World): boolean {
  const { reached } = faults as unknown as { reached: Record<string, number> };
  return ["table-throttled", "table-answer-lost", "table-conflict"].some((name) => (reached[name] ?? 0) > 0);
}

const RANK: Record<string, number> = { high: 1, normal: 2, low: 3 };
type Urgent = [id: string, rank: number];
type Waiting = { sendId: string; priority: string; dueAt: number }[];
const waitingAt = (world: World, pk: string) =>
  ((storedNow(world, pk, "ADDRESS")?.["address"] as { waiting?: Waiting } | undefined)?.waiting ?? []) as Waiting;

/** An urgent send is known to its person with its intent. */
export function checkKnown(world: World, send: SendSeen): void {
  if (send.arm !== "treated") return;
  const isFirst = inForce(world.observer, world.rules, world.scheduler.now).every(({ campaigns }) =>
    [...campaigns.values()].some(
      ({ status, priority = "normal" }) =>
        status !== "archived" && (RANK[priority] as number) > (RANK[send.priority] as number),
    ),
  );
  const urgent = storedNow(world, `PROFILE#${send.profileId}`, "STATE#PROFILE")?.["urgent"] as Urgent[] | undefined;
  const own = urgent?.find(([id]) => id === send.id);
  if (isFirst && own?.[1] !== RANK[send.priority])
    world.violation(
      "priority",
      `${send.campaign} ${send.id.slice(0, 6)} (${send.priority}) is not known to its person`,
    );
}

/** Who is at its end lets nobody wait any more. */
export function checkWaiting(world: World): void {
  if (isRough(world)) return;
  for (const pk of world.observer.addresses.keys())
    for (const { sendId } of waitingAt(world, pk)) {
      const send = world.observer.sends.get(sendId);
      const isGone = send === undefined || TERMINAL.has(send.state);
      if (isGone)
        world.violation(
          "priority",
          `${pk} lets others wait for ${send?.campaign} ${sendId.slice(0, 6)}, which is ${send?.state}`,
        );
    }
}

/** What waits is handed out first: nobody judges it by a word from before. */
export function checkHandedOut(world: World, send: SendSeen): void {
  if (pastOf(world).waits.has(send.id))
    world.violation(
      "lease",
      `${send.campaign} ${send.id.slice(0, 6)} waits, and is ${send.state} without being handed out`,
    );
}

/** A lease of what is due lasts ten minutes and a bit, by the clock of who leased it. */
const LEASE_MS = 11 * 60_000;
const SKEW_MS = 31_000;
const BACK_MS = 62_000;

/** What is handed out, or claimed, comes back in time when whoever had it is gone. */
export function checkComesBack(world: World, send: SendSeen): void {
  if (send.dueAt === undefined) return;
  const ms = Date.parse(send.dueAt) - world.scheduler.now;
  if (ms > LEASE_MS + SKEW_MS || ms < -BACK_MS - SKEW_MS)
    world.violation("lease", `${send.campaign} ${send.id.slice(0, 6)} is ${send.state} and comes back in ${ms} ms`);
}
