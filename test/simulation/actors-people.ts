// Decides how people act by the links in their mails and by forms, how they are erased, and what others tell of them.
import { iso, SECOND_MS } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { type Links, signLink } from "../../shared/domain/link-token.ts";
import { endPause, pauseFor } from "../../shared/pipeline/change-preferences.ts";
import { openClick, recordClick } from "../../shared/pipeline/click.ts";
import { eraseAddress, erasePerson } from "../../shared/pipeline/erasure/erase.ts";
import { Unavailable } from "../../shared/pipeline/faults.ts";
import { openCentre } from "../../shared/pipeline/open-preferences.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";
import { choose, openPreferences, unsubscribe } from "../../shared/pipeline/preferences.ts";
import { type Act, actsOf, answered, begin } from "./checks/acts.ts";
import { noteClick } from "./checks/clicks.ts";
import { checkClosedNow, checkOpenNow } from "./checks/closing.ts";
import { erasingOf } from "./checks/erasings.ts";
import { beginHush, checkHushed } from "./checks/hushes.ts";
import { pastOf } from "./checks/past.ts";
import type { Clients } from "./clients.ts";
import type { Action, Clicker } from "./life.ts";
import type { SendSeen } from "./model.ts";
import type { World } from "./stage.ts";
import { strayBody } from "./strays.ts";
import { secretOf } from "./worker-ports.ts";

const CRM = "crm";

/** Everybody who acts for themselves, and who tells of them. */
export class People {
  readonly #world: World;
  readonly #clients: Clients;

  constructor(world: World, clients: Clients) {
    this.#world = world;
    this.#clients = clients;
  }

  act(action: Action): void {
    if (action.kind === "unsubscribe") this.#unsubscribe(action.user);
    else if (action.kind === "choose") this.#choose(action);
    else if (action.kind === "hush") this.#hush(action);
    else if (action.kind === "click") this.#click(action.user, action.by);
    else if (action.kind === "erase") this.#erase(action);
    else if (action.kind === "sync") this.#sync(action);
    else if (action.kind === "stray") this.#stray(action.what, action.user);
  }

  /** The latest mail of somebody, or one that is being made; erased people keep their mails. */
  #mailOf(user: string): SendSeen | undefined {
    const { observer, log } = this.#world;
    const all = [...observer.forgotten.values(), ...observer.sends.values()].filter(
      ({ profileId }) => log.userBehind.get(profileId) === user,
    );
    return all.findLast(({ accepted }) => accepted.length > 0) ?? all.at(-1);
  }

  #textOf({ id }: SendSeen): string {
    const found = this.#world.observer.mails.findLast(({ mail }) => mail.sendId === id)?.mail;
    return found === undefined ? "" : `${found.html} ${found.text}`;
  }

  /** By the link in the latest mail, or by one of a mail that is being made. */
  #unsubscribe(user: string): void {
    const { faults } = this.#world;
    const send = this.#mailOf(user);
    if (send === undefined) return;
    const { id: sendId, profileId } = send;
    const link = { profileId, sendId, purpose: "marketing" };
    const token = /\/u\/([\w.-]+)/.exec(this.#textOf(send))?.[1] ?? signLink(secretOf("link"), "unsubscribe", link);
    faults.note("opt-out");
    this.#say({ send, purpose: "marketing", state: "denied" }, async (ports) => {
      const page = await openPreferences(ports, token);
      if (page === undefined) return this.#world.violation("I6", `a link that was in a mail opens nothing: ${token}`);
      await unsubscribe(ports, page.link);
    });
  }

  /** On the page of their choices. */
  #choose({ user, purpose, state }: Extract<Action, { kind: "choose" }>): void {
    const send = this.#mailOf(user);
    if (send === undefined) return;
    const token = this.#pageOf(send);
    this.#world.faults.note(state === "granted" ? "regrant" : "opt-out");
    this.#say({ send, purpose, state }, async (ports) => {
      const page = await openCentre(ports, token);
      // Of somebody who was erased there is nothing to choose.
      if (page.kind !== "open" && page.kind !== "elsewhere") return "void";
      await choose(ports, page.link, { purpose, state, how: "preference centre" });
    });
  }

  /** A word that must count once it is answered, whoever said something else before. */
  #say(
    { send, purpose, state }: { send: SendSeen; purpose: string; state: Act["state"] },
    run: (ports: Ports) => Promise<unknown>,
  ): void {
    const world = this.#world;
    const { id: sendId, profileId } = send;
    let act: Act | undefined;
    const wasErased = () => world.observer.erased.has(profileId);
    this.#clients.try({
      name: "preferences",
      run,
      onTry: () => {
        act = begin(world, { profileId, purpose, state });
      },
      onAnswer: (said: unknown) => {
        if (act === undefined || (said === "void" && wasErased())) return;
        if (!wasErased()) answered(world, act);
        if (wasErased() && state === "granted") return;
        const to = new Set(
          world.observer.mails.filter(({ mail }) => mail.sendId === sendId).map(({ mail }) => mail.to),
        );
        for (const email of to) this.#checkSaid(world.observer.pkOf(email), act);
        if (state === "denied" && !this.#isContested(act, profileId))
          world.log.optedOut.set(`${profileId} ${purpose}`, act.to);
      },
    });
  }

  #checkSaid(pk: string, act: Act): void {
    const holders = [...pastOf(this.#world).had].flatMap(([profileId, addresses]) =>
      addresses.has(pk) ? [profileId] : [],
    );
    if (holders.some((profileId) => this.#isContested(act, profileId))) return;
    if (act.state === "denied") checkClosedNow(this.#world, pk, act.purpose);
    else checkOpenNow(this.#world, pk, act);
  }

  /** Whether somebody said the other thing since the act began, or about then. */
  #isContested({ purpose, state, from }: Act, profileId: string): boolean {
    return actsOf(this.#world, profileId, purpose).some((other) => other.state !== state && other.to >= from);
  }

  /** The link to the page of somebody's choices. */
  #pageOf(send: SendSeen): string {
    const link: Links["preferences"] = {
      ...{ profileId: send.profileId, sendId: send.id },
      expiresAt: this.#world.scheduler.now + 90 * 24 * 3_600 * SECOND_MS,
    };
    return /\/p\/([\w.-]+)/.exec(this.#textOf(send))?.[1] ?? signLink(secretOf("link"), "preferences", link);
  }

  #hush({ user, days }: Extract<Action, { kind: "hush" }>): void {
    const world = this.#world;
    const send = this.#mailOf(user);
    if (send === undefined) return;
    world.faults.note("hush");
    const { id: sendId, profileId } = send;
    const token = this.#pageOf(send);
    let at = 0;
    this.#clients.try({
      name: "preferences",
      run: async (ports) => {
        const page = await openCentre(ports, token);
        if (page.kind !== "open" && page.kind !== "elsewhere") return;
        await (days === 0 ? endPause(ports, page.link) : pauseFor(ports, page.link, days));
      },
      onTry: () => {
        at = world.scheduler.now;
        beginHush(world, { profileId, purpose: "marketing", days });
      },
      onAnswer: () => {
        if (world.observer.erased.has(profileId)) return;
        const to = new Set(
          world.observer.mails.filter(({ mail }) => mail.sendId === sendId).map(({ mail }) => mail.to),
        );
        for (const email of to) checkHushed(world, world.observer.pkOf(email), { purpose: "marketing", days, at });
      },
    });
  }

  /** Links of the latest mail are followed. */
  #click(user: string, by: Clicker): void {
    const { observer, scheduler, faults } = this.#world;
    const send = this.#mailOf(user);
    const mail = observer.mails.findLast((one) => one.mail.sendId === send?.id)?.mail;
    if (send === undefined || mail === undefined) return;
    const links = [...mail.html.matchAll(/<a href="[^"]*\/c\/([\w.-]+)"([^>]*)>/g)];
    const traps = links.filter(([, , more]) => more?.includes("aria-hidden"));
    const seen = links.filter(([, , more]) => !more?.includes("aria-hidden"));
    if (seen.length === 0) return;
    faults.note(by === "person" ? "click" : "machine-click");
    const chosen = by === "trap" ? traps : by === "scanner" ? seen : [seen[scheduler.pick(seen.length)]];
    for (const link of chosen) if (link?.[1] !== undefined) this.#follow(send, link[1], by);
  }

  #follow(send: SendSeen, token: string, by: Clicker): void {
    const world = this.#world;
    const click = noteClick(world, { send, by });
    this.#clients.try({
      name: "click",
      run: async (ports) => {
        const link = await openClick(ports, token);
        if (link === undefined) return world.violation("click", `a link that was in a mail leads nowhere: ${token}`);
        click.links.add(link.url);
        if (by !== "head") await recordClick(ports, link, by === "scanner");
      },
      onTry: () => click.tries.push(world.scheduler.now),
      onAnswer: () => {
        click.answeredAt = world.scheduler.now;
      },
    });
  }

  /** By the person's page, by somebody of the company, or whoever has an address. */
  #erase({ user, by }: Extract<Action, { kind: "erase" }>): void {
    const world = this.#world;
    const { log, observer, faults } = world;
    const profileId = log.profileOf.get(user);
    if (profileId === undefined) return;
    const email = observer.people.get(profileId)?.email.now;
    if (by === "email" && email === undefined) return;
    faults.note("person-erased");
    const isByAddress = by === "email" && email !== undefined;
    erasingOf(world).begun.add(isByAddress ? observer.pkOf(email) : profileId);
    this.#noteErasing(isByAddress ? email : undefined, user);
    this.#clients.try({
      name: "erase",
      run: (ports) =>
        isByAddress
          ? eraseAddress(ports, email, { by: "operator" })
          : erasePerson(ports, profileId, { by: by === "person" ? "person" : "operator" }),
      onAnswer: (told: object | undefined) => {
        if (told === undefined) world.violation("erasure", `${profileId} was to be erased, and there is nobody`);
        if (isByAddress) checkClosedNow(world, observer.pkOf(email), "erasure");
        const ids = isByAddress ? (told as { profileId: string }[]).map((one) => one.profileId) : [profileId];
        for (const id of ids) {
          log.erased.set(id, world.scheduler.now);
          if (!observer.erased.has(id)) world.violation("erasure", `${id} was erased, and is there`);
        }
      },
    });
  }

  /** Whose events may be missing from now on: of all who have the address, where it is one. */
  #noteErasing(email: string | undefined, user: string): void {
    const { log } = this.#world;
    const users = email === undefined ? [user] : [...log.profileOf.keys(), ...log.emailsOf.keys()];
    for (const one of users) {
      log.erasing.add(one);
      for (const id of log.returned) if (log.userOf.get(id) === one) log.returned.delete(id);
    }
  }

  /** Another system tells the bus what it knows. */
  #sync({ user, id, traits }: Extract<Action, { kind: "sync" }>): void {
    const { scheduler, faults } = this.#world;
    faults.note("crm-sync");
    const detail: JsonObject = { id, userId: user, traits, occurredAt: iso(scheduler.now) };
    this.#clients.try({
      name: CRM,
      run: async (ports) => {
        const entry = { source: CRM, type: "profile.identified", detail, at: ports.clock.now() };
        const { failed } = await ports.bus.publish([entry]);
        if (failed.length > 0) throw new Unavailable("The event bus");
      },
      onAnswer: () => this.#world.log.accepted.add(id),
    });
  }

  /** Feedback that no mail of ours led to. */
  #stray(what: string, user: string): void {
    this.#world.faults.note("stray-feedback");
    this.#world.enqueue("feedback", [{ body: strayBody(this.#world, what, this.#mailOf(user)) }]);
  }
}
