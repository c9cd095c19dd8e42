// Decides what people, shops and operators do in a seed: bursts around triggers, second thoughts minutes later, edits and
// pauses in the middle of it. Drawn apart from all faults, so the same life can be lived in calm.
import { DAY_MS, HOUR_MS, type Instant, iso, MINUTE_MS, SECOND_MS } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { VARIANTS } from "./catalogues.ts";
import { Drawn } from "./drawn.ts";
import type { Action, Life, Person } from "./life.ts";
import { addPeople } from "./random-people.ts";

const DAYS = [
  "2026-03-03",
  "2026-03-28",
  "2026-03-29",
  "2026-06-15",
  "2026-10-24",
  "2026-10-25",
  "2026-12-31",
  "2026-02-28",
];
const ZONES = [
  "Europe/Paris",
  "America/New_York",
  "Asia/Kolkata",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "Mars/Phobos",
];
/** Near edges of quiet hours, midnight and clock changes, or anywhere. */
const HOURS = [6.9, 7.9, 0.9, 1.9, 19.9, 21.4, 21.9, 22.9, 23.9, 11.9];

/** The life of a seed. */
export function lifeOf(seed: number): Life {
  const drawn = new Drawn(seed);
  const variant = drawn.pick(VARIANTS);
  const hour = drawn.chance(0.6) ? drawn.oneOf(HOURS) : drawn.random() * 24;
  const startAt =
    Date.parse(`${drawn.oneOf(DAYS)}T00:00:00Z`) + Math.round(hour * HOUR_MS) + drawn.pick(12) * MINUTE_MS;
  const lastsMs = drawn.between(20 * MINUTE_MS, 30 * HOUR_MS);
  const shared = drawn.chance(0.35);
  const people = Array.from({ length: 1 + drawn.pick(4) }, (_, n) => ({
    user: `u-${n + 1}`,
    email: `${shared ? "both" : `p${n + 1}`}@x${seed % 97}.example`,
  }));
  const nightAt = startAt + (drawn.chance(0.1) ? drawn.pick(lastsMs) : 30 * DAY_MS);
  const isPlain = drawn.chance(0.06);
  const life: Life = {
    isPlain,
    variant,
    nightAt,
    pullAt: startAt + 30 * DAY_MS,
    startAt,
    endAt: startAt + lastsMs + 10 * MINUTE_MS,
    people,
    actions: [],
  };
  const teller = new Teller(life, drawn, lastsMs);
  for (const person of people) teller.introduce(person);
  const bursts = 1 + drawn.pick(4);
  for (let burst = 0; burst < bursts; burst++) teller.burst(drawn.oneOf(people));
  if (drawn.chance(0.06)) teller.birthdayTwice(drawn.oneOf(people));
  if (!life.isPlain) teller.operators();
  if (!life.isPlain) addPeople(life, seed);
  life.actions.sort((a, b) => a.at - b.at);
  return life;
}

class Teller {
  readonly #life: Life;
  readonly #drawn: Drawn;
  readonly #lastsMs: number;
  #ids = 0;

  constructor(life: Life, drawn: Drawn, lastsMs: number) {
    this.#life = life;
    this.#drawn = drawn;
    this.#lastsMs = lastsMs;
  }

  #do(action: Action): void {
    this.#life.actions.push(action);
  }

  /** A call as an SDK sends it, some time after it happened; sometimes twice, sometimes without a time. */
  #call(at: Instant, call: JsonObject): void {
    const drawn = this.#drawn;
    const timed = drawn.chance(0.88) || this.#life.isPlain;
    const item = { messageId: `c-${++this.#ids}`, ...call, ...(timed && { timestamp: iso(at) }) };
    const lateMs =
      drawn.chance(0.06) && !this.#life.isPlain ? drawn.between(MINUTE_MS, 90 * HOUR_MS) : drawn.pick(3 * SECOND_MS);
    const isPast = timed && drawn.chance(0.05) && !this.#life.isPlain;
    const posted = isPast ? { ...item, timestamp: iso(at - drawn.between(MINUTE_MS, 90 * HOUR_MS)) } : item;
    const sentAt = at + (isPast ? 0 : Math.min(lateMs, this.#lastsMs));
    this.#do({ at: sentAt, kind: "calls", items: [posted] });
    if (drawn.chance(0.1)) this.#do({ at: sentAt + drawn.between(50, 10 * MINUTE_MS), kind: "calls", items: [posted] });
  }

  /** Who somebody is, and what they said about mail. */
  introduce({ user, email }: Person): void {
    const drawn = this.#drawn;
    const { startAt } = this.#life;
    const consent = drawn.random();
    const birthday = iso(startAt + drawn.pick(3) * DAY_MS).slice(5, 10);
    const traits: JsonObject = {
      ...(drawn.chance(0.95) && { email: drawn.chance(0.1) ? `  ${email.toUpperCase()} ` : email }),
      firstName: drawn.oneOf(["Anna", "Bo", "Zoë\r\nBcc: evil@x.example", "  ", "<b>"]),
      ...(consent < 0.72 && { consent: { marketing: "granted" } }),
      ...(consent > 0.93 && { consent: { marketing: "denied" } }),
      ...(drawn.chance(0.4) && { timezone: drawn.oneOf(ZONES) }),
      ...(drawn.chance(0.5) && { country: drawn.oneOf(["FR", "US", "in", "DE"]) }),
      ...(drawn.chance(0.3) && { birthday: drawn.chance(0.5) ? `1990-${birthday}` : `--${birthday}` }),
      ...(drawn.chance(0.2) && { locale: "fr" }),
      ...(drawn.chance(0.3) && { nickname: "Nick" }),
    };
    this.#call(startAt + drawn.pick(SECOND_MS), { type: "identify", userId: user, traits });
  }

  /** Somebody has a birthday, and moves it to the next day. */
  birthdayTwice({ user: userId }: Person): void {
    const drawn = this.#drawn;
    const { startAt } = this.#life;
    const told = (at: Instant, days: number, traits: JsonObject) => {
      const birthday = `--${iso(startAt + days * DAY_MS).slice(5, 10)}`;
      this.#call(at, { type: "identify", userId, traits: { birthday, ...traits } });
    };
    told(startAt + 2 * SECOND_MS, 1, { consent: { marketing: "granted" }, email: `${userId}@birthday.example` });
    told(startAt + DAY_MS + drawn.pick(DAY_MS), 2, {});
    this.#life.endAt = Math.max(this.#life.endAt, startAt + 3 * DAY_MS);
  }

  /** Things one person does within two minutes, and what follows from them. */
  burst({ user, email }: Person): void {
    const drawn = this.#drawn;
    let at = this.#life.startAt + drawn.between(SECOND_MS, this.#lastsMs);
    const trigger = at;
    const acts = 1 + drawn.pick(6);
    for (let n = 0; n < acts; n++) {
      this.#act(at, user, n === 0 ? 0.7 : drawn.random());
      at += drawn.between(50, 2 * MINUTE_MS);
    }
    const soon = () => trigger + drawn.between(200, 5 * MINUTE_MS);
    const told = (traits: JsonObject) => this.#call(soon(), { type: "identify", userId: user, traits });
    if (drawn.chance(0.1)) told({ consent: { marketing: drawn.oneOf(["denied", "granted"]) } });
    if (drawn.chance(0.12)) told({ email: drawn.oneOf([`new-${user}@x.example`, "both@other.example", "no address"]) });
    if (this.#life.isPlain) return;
    if (drawn.chance(0.25)) this.#do({ at: soon(), kind: "unsubscribe", user });
    if (drawn.chance(0.08)) told({ timezone: drawn.oneOf(ZONES) });
    if (drawn.chance(0.08)) told({ birthday: `--${iso(trigger + DAY_MS).slice(5, 10)}` });
    if (drawn.chance(0.08)) this.#do({ at: soon(), kind: "suppress", email });
    if (drawn.chance(0.08)) this.#do({ at: soon(), kind: "malformed", id: `bad-${++this.#ids}` });
    if (drawn.chance(0.1)) this.#import(soon(), user);
  }

  #act(at: Instant, userId: string, kind: number): void {
    const drawn = this.#drawn;
    const track = (event: string, properties: JsonObject) =>
      this.#call(at, { type: "track", userId, event, properties });
    if (kind > 0.55) track("Lead Created", { source: "fair" });
    else if (kind > 0.3) track("cart.updated", { cart_id: `k-${drawn.pick(3)}` });
    else if (kind > 0.1)
      track("Order Completed", {
        order_id: `o-${drawn.chance(0.2) ? 0 : ++this.#ids}`,
        total: 10 + drawn.pick(90),
        currency: "EUR",
      });
    else this.#call(at, { type: "identify", userId, traits: { plan: drawn.oneOf(["gold", "free"]) } });
  }

  /** History from another system: it must send nothing. */
  #import(at: Instant, userId: string): void {
    const drawn = this.#drawn;
    const facts = Array.from({ length: 1 + drawn.pick(3) }, () => ({
      type: drawn.oneOf(["lead.created", "cart.updated"]),
      id: `old-${++this.#ids}`,
      userId,
      occurredAt: iso(at - drawn.between(SECOND_MS, 20 * HOUR_MS)),
      properties: { cart_id: "old" },
    }));
    this.#do({ at, kind: "import", facts });
  }

  /** What operators and marketers do meanwhile. */
  operators(): void {
    const drawn = this.#drawn;
    const { actions, startAt } = this.#life;
    const triggers = actions.filter(({ kind }) => kind === "calls");
    const amidst = () => (drawn.chance(0.5) ? near() : drawn.oneOf(triggers).at + 200 + drawn.pick(4 * SECOND_MS));
    const near = () => Math.max(startAt, drawn.oneOf(triggers).at + drawn.between(100, 3 * MINUTE_MS) - SECOND_MS);
    if (drawn.chance(0.16)) {
      const at = amidst();
      this.#do({ at, kind: "publish", which: "second" });
      if (drawn.chance(0.3))
        this.#do({ at: at + drawn.between(SECOND_MS, 3 * HOUR_MS), kind: "publish", which: "first" });
    }
    if (drawn.chance(0.35)) this.#pause(amidst());
  }

  /** A pause, and mostly its end: just before a minute's tick, while sends are being judged, or any time later. */
  #pause(at: Instant): void {
    const drawn = this.#drawn;
    const what = drawn.oneOf(["ACCOUNT", "ACCOUNT", "ACCOUNT", "welcome", "promo", "receipt", "nudge"]);
    this.#do({ at, kind: "pause", what });
    // Orders just before: many sends that wait for their slots as the pause comes.
    if (drawn.chance(0.5)) this.#everybody(() => at - 200 - drawn.pick(1_800));
    if (drawn.chance(0.5)) {
      const minute = (Math.floor((at + 8 * SECOND_MS) / MINUTE_MS) + 1) * MINUTE_MS;
      this.#everybody(() => minute - 4 * SECOND_MS + drawn.pick(3_500));
      this.#do({ at: minute - drawn.pick(2 * SECOND_MS), kind: "resume", what });
    } else if (drawn.chance(0.6))
      this.#do({ at: at + drawn.between(6 * SECOND_MS, 6 * HOUR_MS), kind: "resume", what });
  }

  /** Everybody orders twice. */
  #everybody(when: () => Instant): void {
    for (const { user } of [...this.#life.people, ...this.#life.people])
      this.#act(Math.max(this.#life.startAt, when()), user, 0.2);
  }
}
