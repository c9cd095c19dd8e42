// Decides what people do about their own data in a seed, and what others do about it behind their backs: choices on the
// preference page, forms, erasures, clicks, a phone that is a day ahead, a nightly sync that says yes again.
import { DAY_MS, HOUR_MS, type Instant, iso, MINUTE_MS, SECOND_MS } from "../../shared/domain/instant.ts";
import { FORM } from "./catalogues.ts";
import { Drawn } from "./drawn.ts";
import type { Action, Clicker, Life, Person } from "./life.ts";

export const STRAYS = ["unknown-send", "unknown-profile", "no-tags", "hostile", "not-json"];

/** Adds to a life what its people do about themselves; drawn apart, so that the rest of the life stays as it is. */
export function addPeople(life: Life, seed: number): void {
  const people = new PeopleTeller(life, new Drawn(seed ^ 0x3c6ef372));
  people.live();
}

class PeopleTeller {
  readonly #life: Life;
  readonly #drawn: Drawn;
  /** When something happens that leads to mails. */
  readonly #triggers: Instant[];
  #ids = 0;

  constructor(life: Life, drawn: Drawn) {
    this.#life = life;
    this.#drawn = drawn;
    this.#triggers = life.actions.flatMap(({ kind, at }) => (kind === "calls" ? [at] : []));
  }

  #do(action: Action): void {
    this.#life.actions.push(action);
  }

  #soon(most = 5 * MINUTE_MS): Instant {
    return this.#drawn.oneOf(this.#triggers) + this.#drawn.between(200, most);
  }

  live(): void {
    const { people, startAt, endAt } = this.#life;
    const drawn = this.#drawn;
    if (drawn.chance(0.15)) this.#life.pullAt = startAt + drawn.pick(endAt - startAt);
    for (const person of people) {
      if (drawn.chance(0.11)) this.#choose(person);
      if (drawn.chance(0.06)) this.#hush(person);
      if (drawn.chance(0.08)) this.#form(person, this.#soon());
      if (drawn.chance(0.04)) this.#phone(person);
      if (drawn.chance(0.13)) this.#click(person);
    }
    if (drawn.chance(0.07)) this.#nights();
    if (drawn.chance(0.1)) this.#erase(drawn.oneOf(people));
    if (drawn.chance(0.06))
      this.#do({ at: this.#soon(), kind: "stray", what: drawn.oneOf(STRAYS), user: drawn.oneOf(people).user });
  }

  /** Somebody says no, or yes, and mostly the other one later. */
  #choose({ user }: Person): void {
    const drawn = this.#drawn;
    const purpose = drawn.chance(0.75) ? "marketing" : "open-tracking";
    const state = drawn.oneOf(["denied", "granted"] as const);
    const at = this.#soon(HOUR_MS);
    this.#do({ at, kind: "choose", user, purpose, state });
    if (drawn.chance(0.6)) {
      const other = state === "denied" ? "granted" : "denied";
      const again = at + drawn.between(50, 3 * HOUR_MS);
      this.#do({ at: again, kind: "choose", user, purpose, state: drawn.chance(0.85) ? other : state });
    }
  }

  #hush({ user }: Person): void {
    const drawn = this.#drawn;
    const at = this.#soon();
    this.#do({ at, kind: "hush", user, days: drawn.oneOf([30, 90]) });
    if (drawn.chance(0.5))
      this.#do({ at: at + drawn.between(SECOND_MS, 6 * HOUR_MS), kind: "hush", user, days: drawn.oneOf([0, 0, 30]) });
  }

  /** The form on the shop's site: the person speaks. */
  #form({ user, email }: Person, at: Instant): void {
    const drawn = this.#drawn;
    const state = drawn.chance(0.8) ? "granted" : "denied";
    const marketing = drawn.chance(0.5) ? state : { state, how: "box at the till", wording: "2026-02" };
    const traits = { consent: { marketing }, ...(drawn.chance(0.5) && { email }) };
    const call = { messageId: `f-${++this.#ids}`, type: "identify", userId: user, traits, timestamp: iso(at) };
    this.#do({ at: at + drawn.pick(2 * SECOND_MS), kind: "calls", items: [call], source: FORM });
  }

  /** The clock of a phone is nearly a day ahead, or behind; before it, somebody said the opposite at the right time. */
  #phone({ user }: Person): void {
    const drawn = this.#drawn;
    const at = this.#soon();
    const aheadMs = drawn.oneOf([1, -1]) * (DAY_MS - drawn.between(5 * MINUTE_MS, 6 * HOUR_MS));
    const state = drawn.oneOf(["granted", "denied"]);
    const said = (when: Instant, timestamp: Instant, marketing: string): Action => {
      const call = {
        messageId: `ph-${++this.#ids}`,
        type: "identify",
        userId: user,
        traits: { consent: { marketing } },
      };
      const items = [{ ...call, timestamp: iso(timestamp) }];
      return { at: when, kind: "calls", items, ...(marketing === "granted" && { source: FORM }) };
    };
    this.#do(said(at, at + aheadMs, state));
    const before = at - drawn.between(5 * SECOND_MS, 10 * MINUTE_MS);
    this.#do(said(before, before, state === "granted" ? "denied" : "granted"));
  }

  #click({ user }: Person): void {
    const drawn = this.#drawn;
    const at = this.#soon(HOUR_MS);
    const by = drawn.oneOf<Clicker>(["person", "person", "person", "scanner", "trap", "head"]);
    this.#do({ at, kind: "click", user, by });
    if (drawn.chance(0.4))
      this.#do({
        at: at + drawn.between(100, 30 * MINUTE_MS),
        kind: "click",
        user,
        by: drawn.oneOf(["person", "trap"]),
      });
  }

  /** The CRM tells of everybody again, every night. */
  #nights(): void {
    const { people, startAt, endAt } = this.#life;
    const night = 2 * HOUR_MS + this.#drawn.pick(HOUR_MS);
    let at = Math.floor(startAt / DAY_MS) * DAY_MS + night;
    if (at < startAt) at += DAY_MS;
    const nights = [this.#soon(3 * HOUR_MS)];
    for (; at < endAt && nights.length < 3; at += DAY_MS) nights.push(at);
    for (const when of nights) for (const person of people) this.#sync(person, when);
  }

  #sync({ user, email }: Person, at: Instant): void {
    const drawn = this.#drawn;
    const traits = { consent: { marketing: "granted" }, ...(drawn.chance(0.3) && { email }) };
    this.#do({ at: at + drawn.pick(MINUTE_MS), kind: "sync", user, id: `crm-${++this.#ids}`, traits });
  }

  /** In the middle of everything; then others tell of them as if nothing had happened. */
  #erase(person: Person): void {
    const drawn = this.#drawn;
    const { user } = person;
    const at = this.#soon();
    this.#do({ at, kind: "erase", user, by: drawn.oneOf(["person", "operator", "operator", "email"] as const) });
    const later = () => at + drawn.between(SECOND_MS, 2 * HOUR_MS);
    if (drawn.chance(0.5)) this.#sync(person, later());
    if (drawn.chance(0.4)) this.#import(user, later());
    if (drawn.chance(0.3)) this.#do({ at: later(), kind: "click", user, by: "person" });
    if (drawn.chance(0.3)) this.#do({ at: later(), kind: "unsubscribe", user });
    if (drawn.chance(0.3)) this.#do({ at: later(), kind: "choose", user, purpose: "marketing", state: "granted" });
    if (drawn.chance(0.15)) this.#do({ at: later(), kind: "erase", user, by: "operator" });
    if (drawn.chance(0.4)) this.#return(person, later());
  }

  #import(userId: string, at: Instant): void {
    const id = `old-late-${++this.#ids}`;
    const fact = { type: "lead.created", id, userId, occurredAt: iso(at - HOUR_MS), properties: { source: "fair" } };
    this.#do({ at, kind: "import", facts: [fact] });
  }

  /** Whoever was erased comes back by themselves, and does things. */
  #return({ user, email }: Person, at: Instant): void {
    const traits = { email, consent: { marketing: "granted" } };
    const call = { messageId: `f-${++this.#ids}`, type: "identify", userId: user, traits, timestamp: iso(at) };
    this.#do({ at, kind: "calls", items: [call], source: FORM });
    const then = at + this.#drawn.between(MINUTE_MS, HOUR_MS);
    const lead = { messageId: `r-${++this.#ids}`, type: "track", userId: user, event: "Lead Created", properties: {} };
    this.#do({ at: then, kind: "calls", items: [{ ...lead, timestamp: iso(then) }] });
  }
}
