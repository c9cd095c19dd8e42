// Decides whose clicks a mail's were: a person's are told and keep them from being forgotten, a machine's change nothing.
import type { Instant } from "../../../shared/domain/instant.ts";
import type { Clicker } from "../life.ts";
import type { SendSeen } from "../model.ts";
import type { World } from "../stage.ts";
import { storedNow } from "./past.ts";

type Click = { send: SendSeen; by: Clicker; links: Set<string>; tries: Instant[]; answeredAt?: Instant };

const clicks = new WeakMap<World, Click[]>();

export function noteClick(world: World, { send, by }: { send: SendSeen; by: Clicker }): Click {
  const all = clicks.get(world) ?? [];
  clicks.set(world, all);
  const click: Click = { send, by, links: new Set(), tries: [] };
  all.push(click);
  return click;
}

/** Clocks of workers differ by so much. */
const SKEW_MS = 95_000;
const TRAP_MS = 10 * 60_000;

/** In the end, of the mails that were clicked by people alone, or by machines alone, and far enough from all else to be sure. */
export async function checkClicks(world: World): Promise<void> {
  for (const [send, all] of Map.groupBy(clicks.get(world) ?? [], ({ send }) => send)) {
    if (world.observer.erased.has(send.profileId) || send.state !== "SENT") continue;
    const counted = all.filter(({ by }) => by !== "head");
    const people = counted.filter(({ by }) => by === "person");
    if (people.length === 0) await checkMachines(world, send);
    else if (people.every((click) => isSurelyOwn(click, counted))) await checkOwn(world, send, people);
  }
}

/** By the rules: no trap about then, not at once, no burst. */
function isSurelyOwn(click: Click, all: Click[]): boolean {
  const [at, last] = [click.tries[0] ?? 0, click.tries.at(-1) ?? 0];
  const acceptedAt = Math.max(...click.send.accepted);
  const others = all.filter((other) => other !== click);
  const isFar = (other: Click) =>
    other.tries.every((one) => one < at - TRAP_MS - SKEW_MS || one > last + TRAP_MS + SKEW_MS);
  return click.answeredAt !== undefined && at > acceptedAt + SKEW_MS && others.every(isFar);
}

const tellsOf = (world: World, { id, profileId }: SendSeen) =>
  [...world.observer.events.values()].filter(
    ({ item, profileId: of }) =>
      of === profileId && item["type"] === "email.clicked" && (item["properties"] as { sendId?: string }).sendId === id,
  ).length;

async function feedbackOf(world: World, { id, profileId }: SendSeen): Promise<Record<string, Instant>> {
  const item = await world.table.get({ pk: `PROFILE#${profileId}`, sk: `SEND#${id}` });
  return (item?.["ledger"] as { feedback?: Record<string, Instant> } | undefined)?.feedback ?? {};
}

async function checkMachines(world: World, send: SendSeen): Promise<void> {
  const what = `${send.campaign} ${send.id.slice(0, 6)}`;
  if ((await feedbackOf(world, send))["click"] !== undefined || tellsOf(world, send) > 0)
    world.violation("click", `${what} was clicked by machines alone, and a person's click is told`);
}

async function checkOwn(world: World, send: SendSeen, people: Click[]): Promise<void> {
  const what = `${send.campaign} ${send.id.slice(0, 6)}`;
  const { click } = await feedbackOf(world, send);
  if (click === undefined) {
    world.violation("click", `${what} was clicked by a person, and its ledger does not say so`);
    return;
  }
  const address = send.claims.at(-1)?.address;
  const said = address === undefined ? undefined : storedNow(world, address, "ADDRESS")?.["address"];
  const lastActAt = (said as { lastActAt?: Instant } | undefined)?.lastActAt ?? 0;
  // The same link once more, soon after, is the same click.
  if (lastActAt < Math.min(...people.map(({ tries }) => tries[0] ?? 0)) - SKEW_MS)
    world.violation("click", `${what} was clicked by a person, and the address does not know of their act`);
  const isAsked = world.observer.publications.every(({ revision }) =>
    world.rules.byRevision.get(revision)?.campaigns.has("engaged"),
  );
  const told = tellsOf(world, send);
  if (isAsked && (told === 0 || told > people.reduce((sum, { tries }) => sum + tries.length, 0)))
    world.violation("click", `${what} was clicked ${people.length} times by a person, and told ${told} times`);
}
