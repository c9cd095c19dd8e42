// Decides whether every event counted, and counted once: applied, duplicate, or rejected with a reason (I2); and whether what
// is known of a person is the fold of their events, in whatever order they came (I10).
import type { Instant } from "../../../shared/domain/instant.ts";
import type { ActorLog } from "../log.ts";
import type { PersonSeen } from "../model.ts";
import type { World } from "../stage.ts";
import { mayBeForgotten } from "./erased.ts";

type Rejected = { problems?: unknown[]; message?: { detail?: { id?: string } } };

export function checkEvents(world: World, log: ActorLog): void {
  const { observer, rejected } = world;
  const applied = new Map<string, number>();
  for (const { item, puts, profileId } of observer.events.values()) {
    if (item["source"] === "relance" || observer.erased.has(profileId)) continue;
    const id = String(item["id"]);
    applied.set(id, (applied.get(id) ?? 0) + 1);
    if (puts !== 1) world.violation("I2", `the event ${id} was put ${puts} times`);
  }
  const refused = new Map<string, number>();
  for (const one of rejected as Rejected[]) {
    const id = String(one.message?.detail?.id);
    refused.set(id, (one.problems ?? []).length);
  }
  for (const [id, times] of applied)
    if (times !== 1 || refused.has(id))
      world.violation("I2", `the event ${id} was applied ${times} times, rejected: ${refused.has(id)}`);
  for (const id of [...log.accepted, ...log.imported])
    if (!applied.has(id) && !mayBeForgotten(world, id))
      world.violation("I2", `the event ${id} was accepted, and never applied (rejected: ${refused.has(id)})`);
  for (const id of log.malformed)
    if (!(Number(refused.get(id)) > 0))
      world.violation("I2", `the malformed event ${id} was not rejected with a reason`);
}

const COUNTED = ["lead.created", "cart.updated", "purchase.completed", "profile.identified"];
const TRAITS = ["email", "firstName", "timezone", "country", "birthday", "locale", "nickname", "plan"];
/** A membership that changes by time alone may be behind by so much: a wake-up is leased, and handed out each minute. */
const BEHIND_MS = 15 * 60_000;
const SILENT_MS = 3 * 3_600_000;

type Told = { id: string; source: string; type: string; occurredAt: Instant; traits?: Record<string, unknown> };

/** A birthday comes once a year, whenever it is said to be. */
export function checkBirthdays(world: World): void {
  const years = new Set<string>();
  for (const { item, profileId } of world.observer.events.values()) {
    if (item["type"] !== "birthday.reached") continue;
    const year = `${profileId} ${String((item["properties"] as { year?: number }).year)}`;
    if (years.has(year)) world.violation("I14", `a second birthday in one year: ${year}`);
    years.add(year);
  }
}

export function checkFold(world: World, person: PersonSeen): void {
  const events: Told[] = [];
  for (const { item, profileId } of world.observer.events.values())
    if (profileId === person.id && item["source"] !== "relance") events.push(item as unknown as Told);
  for (const type of COUNTED) {
    const instants = events.filter((event) => event.type === type).map(({ occurredAt }) => occurredAt);
    const known = (person.activity[type] ?? [0]) as number[];
    const expected = instants.length === 0 ? [0] : [instants.length, Math.min(...instants), Math.max(...instants)];
    if (expected.some((value, index) => known[index] !== value))
      world.violation(
        "I10",
        `${person.id} has ${type} ${JSON.stringify(known)}, and the events say ${JSON.stringify(expected)}`,
      );
  }
  for (const name of TRAITS) checkTrait(world, person, { name, events });
  checkMemberships(world, person, events);
}

function checkTrait(world: World, person: PersonSeen, { name, events }: { name: string; events: Told[] }): void {
  let latest: Told | undefined;
  const stampOf = ({ source, id }: Told) => `${source}/${id}`;
  for (const event of events) {
    if (event.traits?.[name] === undefined) continue;
    const isLater =
      latest === undefined ||
      event.occurredAt > latest.occurredAt ||
      (event.occurredAt === latest.occurredAt && stampOf(event) > stampOf(latest));
    if (isLater) latest = event;
  }
  const known = (person.traits[name] as [unknown] | undefined)?.[0];
  if (known !== latest?.traits?.[name])
    world.violation(
      "I10",
      `${person.id} has ${name} ${JSON.stringify(known)}, and the events say ${JSON.stringify(latest?.traits?.[name])}`,
    );
}

const hasBounced = ({ observer }: World, { id }: PersonSeen) =>
  [...observer.events.values()].some(({ item, profileId }) => profileId === id && item["type"] === "email.bounced");

function checkMemberships(world: World, person: PersonSeen, events: Told[]): void {
  const lastOf = (type: string) =>
    Math.max(...events.filter((event) => event.type === type).map(({ occurredAt }) => occurredAt));
  const silentAt = lastOf("cart.updated") + SILENT_MS;
  const expected: Record<string, boolean> = {
    buyers: Number.isFinite(lastOf("purchase.completed")),
    bounced: hasBounced(world, person),
  };
  if (Math.abs(world.scheduler.now - silentAt) > BEHIND_MS)
    expected["silent"] = Number.isFinite(silentAt) && silentAt <= world.scheduler.now;
  for (const [segment, isMember] of Object.entries(expected))
    if ((person.memberships[segment] !== undefined) !== isMember)
      world.violation("I10", `${person.id} is ${isMember ? "not " : ""}in ${segment}`);
}
