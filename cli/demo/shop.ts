// Decides the demo shop's past: who came, when they bought, and what the shop's systems reported of it.
import { DAY_MS, type Instant, iso, MINUTE_MS, SECOND_MS } from "../../shared/domain/instant.ts";
import { filledAt, leftCarts } from "./carts.ts";
import { companyOf, interestOf } from "./companies.ts";
import { type Affinities, affinitiesOf, basketOf } from "./goods.ts";
import { type DemoTraits, personOf } from "./people.ts";
import { type Random, randomOf } from "./random.ts";
import { purchasesOf, shoppingTime } from "./rhythm.ts";

type Stamped = { userId: string; messageId: string; timestamp: string };
/** A call of the Segment protocol, as a shop's SDK sends it. */
export type DemoCall =
  | (Stamped & { type: "identify"; traits: Partial<DemoTraits> })
  | (Stamped & { type: "track"; event: string; properties: Record<string, unknown> });

/** `at`: when the call reaches Relance; later than its timestamp only when it is a retry. */
export type DemoEvent = { at: Instant; call: DemoCall };

export type DemoOptions = { seed: number; profiles: number; until: Instant; months: number };

const MONTH_MS = (365.25 / 12) * DAY_MS;
const RETRIES = 0.004;
const SOURCES = { newsletter: 46, checkout: 27, fair: 12, referral: 9, gift_card: 6 } as const;

/**
 * Everything the shop's systems sent in the months before `until` (exclusive), in the order it arrived. The same options
 * give the same calls; some calls come twice, as retries do. About 5.5 calls per profile over 18 months.
 */
export function demoShop({ seed, profiles, until, months }: DemoOptions): DemoEvent[] {
  const since = until - months * MONTH_MS;
  const events: DemoEvent[] = [];
  for (let index = 1; index <= profiles; index++) {
    const calls = callsOf(index, { since, until, random: randomOf(seed, index) });
    for (const call of calls) if (call.at < until) events.push(call);
  }
  return events.sort((a, b) => a.at - b.at || compareText(a.call.messageId, b.call.messageId));
}

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

type Life = { since: Instant; until: Instant; random: Random };
type Add = (at: Instant, call: Unstamped) => void;

function callsOf(index: number, { since, until, random }: Life): DemoEvent[] {
  const person = personOf(index, random);
  const source = random.weighted(SOURCES);
  const company = companyOf(random);
  const leadAt = Math.max(since, shoppingTime(since + random.unit() * (until - since), random));
  const userId = `u-${String(index).padStart(5, "0")}`;
  const calls: DemoEvent[] = [];
  const add: Add = (at, call) => {
    const stamped: Stamped = { userId, messageId: `${userId}-${calls.length + 1}`, timestamp: iso(at) };
    calls.push({ at, call: { ...stamped, ...call } });
  };
  add(leadAt, { type: "identify", traits: { ...person, ...(company !== undefined && { company }) } });
  add(leadAt + random.whole(1, 20) * SECOND_MS, { type: "track", event: "Lead Created", properties: { source } });
  if (company === undefined) {
    const currency = person.country === "CH" ? "CHF" : "EUR";
    const orders = purchasesOf(leadAt, { until, atOnce: source === "checkout" }, random);
    addShopping(add, { index, leadAt, orders, currency, random });
  } else {
    for (const { at, event } of interestOf(leadAt, random)) add(at, { type: "track", event, properties: {} });
  }
  for (const traits of changesOf(person, random)) {
    add(leadAt + random.whole(10, 300) * DAY_MS + random.whole(0, 600) * MINUTE_MS, { type: "identify", traits });
  }
  return withRetries(calls, random);
}

type Shopping = { index: number; leadAt: Instant; orders: Instant[]; currency: string; random: Random };

/** Orders with the carts they came from, and carts that became none. */
function addShopping(add: Add, { index, leadAt, orders, currency, random }: Shopping): void {
  const affinities: Affinities = affinitiesOf(random);
  const cart = (at: Instant, cart_id: string, totalMinor: number) => {
    const properties = { cart_id, total: totalMinor / 100, currency };
    add(at, { type: "track", event: "Cart Updated", properties });
  };
  for (const [number, at] of orders.entries()) {
    const { products, totalMinor } = basketOf(affinities, random);
    const [order_id, cart_id] = [`o-${index}-${number + 1}`, `c-${index}-${number + 1}`];
    const cartAt = filledAt(at, leadAt, random);
    if (cartAt !== undefined) cart(cartAt, cart_id, totalMinor);
    const properties = { order_id, cart_id, total: totalMinor / 100, currency, products };
    add(at, { type: "track", event: "Order Completed", properties });
  }
  for (const [number, { at, totalMinor }] of leftCarts([leadAt, ...orders], { affinities, random }).entries()) {
    cart(at, `c-${index}-left-${number + 1}`, totalMinor);
  }
}

type Unstamped =
  | { type: "identify"; traits: Partial<DemoTraits> }
  | { type: "track"; event: string; properties: Record<string, unknown> };

/** Some change their mind about mails, some move. */
function changesOf(person: DemoTraits, random: Random): Partial<DemoTraits>[] {
  const leaves = random.chance(0.03) && person.consent?.marketing === "granted";
  const agrees = random.chance(0.2) && person.consent === undefined;
  const moves = random.chance(0.03);
  return [
    ...(leaves ? [{ consent: { marketing: "denied" as const } }] : []),
    ...(agrees ? [{ consent: { marketing: "granted" as const } }] : []),
    ...(moves ? [{ country: "BE", timezone: "Europe/Brussels" }] : []),
  ];
}

/** A retry is the very same call once more: same message id, same timestamp. */
function withRetries(calls: DemoEvent[], random: Random): DemoEvent[] {
  return calls.flatMap((event) =>
    random.chance(RETRIES) ? [event, { at: event.at + random.whole(2, 300) * SECOND_MS, call: event.call }] : [event],
  );
}
