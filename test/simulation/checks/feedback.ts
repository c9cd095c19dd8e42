// Decides what follows from the provider's word once it was taken in: who is closed at once, what a ledger may say, and which
// addresses so many bounces that pass have closed.
import type { Instant } from "../../../shared/domain/instant.ts";
import { durationMs } from "../rules.ts";
import type { World } from "../stage.ts";
import { type Act, answered, begin } from "./acts.ts";
import { type AddressSaid, isClosedFor } from "./addresses.ts";
import { checkClosedNow } from "./closing.ts";
import { pastOf, storedNow } from "./past.ts";

type Told = {
  eventType: string;
  mail: { tags?: { sid?: string[]; pid?: string[] }; destination: string[] };
  bounce?: { bounceType: string; bounceSubType?: string; timestamp: string };
  delivery?: { timestamp: string };
};

type Row = { bounces: Map<string, Instant>; deliveries: Instant[] };
type Kept = { rows: Map<string, Row>; wishes: Map<string, Act>; events: Map<string, Told | undefined> };
const keeps = new WeakMap<World, Kept>();

function keptOf(world: World): Kept {
  const known = keeps.get(world) ?? { rows: new Map(), wishes: new Map(), events: new Map() };
  keeps.set(world, known);
  return known;
}

/** The event inside a message, if it is one of SES. */
function eventIn(world: World, body: unknown): Told | undefined {
  const id = String((body as { MessageId?: string }).MessageId);
  const { events } = keptOf(world);
  if (!events.has(id)) events.set(id, eventOf(body));
  return events.get(id);
}

function eventOf(body: unknown): Told | undefined {
  try {
    const event = JSON.parse((body as { Message: string }).Message);
    return typeof event?.eventType === "string" && Array.isArray(event.mail?.destination) ? event : undefined;
  } catch {
    return undefined;
  }
}

const wishOf = ({ mail }: Told) => `${mail.tags?.sid?.[0]}`;

/** The send that both tags name. */
function sendIn(world: World, tags: Told["mail"]["tags"]): string | undefined {
  const send = world.observer.sendOf(tags?.sid?.[0] ?? "");
  return send !== undefined && send.profileId === tags?.pid?.[0] ? send.id : undefined;
}

/** The provider's message enters the queue. A wish to hear no more counts from now on, or later. */
export function noteTold(world: World, body: unknown): void {
  if (!String((body as { MessageId?: string }).MessageId).endsWith("Subscription")) return;
  const told = eventIn(world, body);
  if (told === undefined) return;
  const { wishes } = keptOf(world);
  const [profileId, sendId] = [told.mail.tags?.pid?.[0] ?? "", wishOf(told)];
  const known = wishes.get(sendId);
  if (known === undefined)
    wishes.set(sendId, begin(world, { profileId, purpose: "marketing", state: "denied" }, Number.POSITIVE_INFINITY));
}

/** Feedback was taken in for good. */
export function noteHeard(world: World, body: unknown): void {
  const told = eventIn(world, body);
  if (told === undefined) return;
  const { eventType, mail, bounce, delivery } = told;
  const sendId = sendIn(world, mail.tags);
  if (sendId !== undefined) pastOf(world).heard.add(`${eventType} ${sendId}`);
  const pk = world.observer.pkOf(mail.destination[0] ?? "");
  if (eventType === "Complaint" || bounce?.bounceType === "Permanent") {
    world.observer.close(mail.destination[0] ?? "", "all");
    checkClosedNow(world, pk, "all");
  }
  const wish = keptOf(world).wishes.get(wishOf(told));
  if (eventType === "Subscription" && wish !== undefined && !wish.isSure) answered(world, wish);
  if (bounce?.bounceType === "Transient" && bounce.bounceSubType !== "ContentRejected" && sendId !== undefined) {
    const { bounces } = rowOf(world, pk);
    bounces.set(sendId, Math.max(bounces.get(sendId) ?? 0, Date.parse(bounce.timestamp)));
  }
  if (delivery !== undefined) rowOf(world, pk).deliveries.push(Date.parse(delivery.timestamp));
}

function rowOf(world: World, pk: string): Row {
  const { rows } = keptOf(world);
  const row = rows.get(pk) ?? { bounces: new Map(), deliveries: [] };
  rows.set(pk, row);
  return row;
}

/** In the end an address is closed by soft bounces if so many came in a row, without a delivery, in whatever order all was heard. */
export function checkSoftBounces(world: World): void {
  const policies = world.observer.publications.flatMap(({ revision }) => world.rules.byRevision.get(revision) ?? []);
  const policy = policies[0]?.settings.softBounces;
  if (policy === undefined) return;
  for (const [pk, { bounces, deliveries }] of keptOf(world).rows) {
    if (bounces.size === 0 || wasErased(world, pk)) continue;
    const deliveredAt = Math.max(Number.NEGATIVE_INFINITY, ...deliveries);
    const row = [...bounces.values()].filter((at) => at > deliveredAt).sort((a, b) => a - b);
    const ms = durationMs(policy.within);
    const isFull = row.some(
      (at, index) => index >= policy.max - 1 && at - (row[index - policy.max + 1] as number) < ms,
    );
    const said = storedNow(world, pk, "ADDRESS")?.["address"] as AddressSaid | undefined;
    const isClosed = said?.suppressions["soft-bounces"] !== undefined;
    if (isClosed !== isFull)
      world.violation(
        "soft-bounces",
        `${pk} is ${isClosed ? "" : "not "}closed after ${row.length} soft bounces in a row (${JSON.stringify(policy)})`,
      );
  }
}

/** What an erasure leaves of an address tells of no mails. */
function wasErased(world: World, pk: string): boolean {
  const said = storedNow(world, pk, "ADDRESS")?.["address"] as AddressSaid | undefined;
  if (said !== undefined && isClosedFor(said, "erasure")) return true;
  return world.log.lifted.has(pk) || [...world.observer.erased.keys()].some((id) => pastOf(world).had.get(id)?.has(pk));
}
