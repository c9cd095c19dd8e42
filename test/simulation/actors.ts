// Decides how people, clients, marketers and operators act: through workers of the product, with clients that try again.

import type { Definition } from "../../shared/domain/definition.ts";
import { MINUTE_MS, SECOND_MS } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { unsubscribeToken } from "../../shared/domain/link-token.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { Unavailable } from "../../shared/pipeline/faults.ts";
import { importPage } from "../../shared/pipeline/import-page.ts";
import { ingest } from "../../shared/pipeline/ingest.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";
import { openPreferences, unsubscribe } from "../../shared/pipeline/preferences.ts";
import { pauseAccount, pauseCampaign, resumeAccount, resumeCampaign } from "../../shared/pipeline/stop-switch.ts";
import { suppress } from "../../shared/pipeline/suppress.ts";
import { resumed, type Variant } from "./catalogues.ts";
import { checkClosedNow } from "./checks/closing.ts";
import { noteBegun, noteLeaving } from "./checks/told.ts";
import type { ActorLog } from "./log.ts";
import type { Action } from "./random-life.ts";
import { IDLE } from "./scheduler.ts";
import type { World } from "./stage.ts";
import { traced } from "./trace.ts";
import { secretOf } from "./worker-ports.ts";
import { type Ended, invoke } from "./workers.ts";

export const SOURCE = "shop";
const IMPORT_SOURCE = "old-shop";
const HTTP_TIMEOUT_MS = 15 * SECOND_MS;
const MAX_TRIES = 8;

type Attempt = { name: string; run: (ports: Ports) => Promise<unknown>; onAnswer: (value: never) => void };

/** Acts through the product, again after a while when it failed or did not answer. */
export class Actors {
  readonly #world: World;
  readonly #variant: Variant;
  readonly #log: ActorLog;
  readonly #userOf = new Map<string, string>();
  /** Attempts that may still be repeated. */
  open = 0;

  constructor(world: World, variant: Variant) {
    this.#world = world;
    this.#variant = variant;
    this.#log = world.log;
  }

  act(action: Action): void {
    traced(this.#world, () => `actor ${action.kind} ${JSON.stringify({ ...action, at: undefined, kind: undefined })}`);
    if (action.kind === "pause" || action.kind === "resume" || action.kind === "suppress")
      noteBegun(this.#world, action);
    if (action.kind === "calls") this.#post(action.items);
    else if (action.kind === "malformed") this.#malformed(action.id);
    else if (action.kind === "import") this.#import(action.facts);
    else if (action.kind === "unsubscribe") this.#unsubscribe(action.user);
    else if (action.kind === "suppress") this.#suppress(action.email);
    else if (action.kind === "pause") this.#pause(action.what);
    else if (action.kind === "resume") this.#resume(action.what);
    else if (action.kind === "publish") this.#publish(action.which);
  }

  #post(items: JsonObject[]): void {
    const { counts } = this.#world;
    counts["events"] = (counts["events"] ?? 0) + items.length;
    this.#try({
      name: "intake",
      run: (ports) => ingest(ports, items, { source: SOURCE }),
      onAnswer: ({ rejected }: Awaited<ReturnType<typeof ingest>>) => {
        for (const [index, item] of items.entries())
          if (!rejected.some((one) => one.index === index)) this.#log.accepted.add(String(item["messageId"]));
      },
    });
  }

  #malformed(id: string): void {
    const { faults, scheduler } = this.#world;
    faults.note("malformed-event");
    this.#try({
      name: "crm",
      run: async (ports) => {
        const entry = { source: "crm", type: "lead.created", detail: { id }, at: scheduler.now };
        const { failed } = await ports.bus.publish([entry]);
        if (failed.length > 0) throw new Unavailable("The event bus");
      },
      onAnswer: () => this.#log.malformed.add(id),
    });
  }

  #import(facts: JsonObject[]): void {
    this.#world.faults.note("import");
    this.#try({
      name: "import",
      run: async (ports) => {
        const result = await importPage(ports, facts as never, { source: IMPORT_SOURCE, trigger: false });
        if (result.retry.length > 0) throw new Unavailable("The import");
      },
      onAnswer: () => {
        for (const { id } of facts) this.#log.imported.add(String(id));
      },
    });
  }

  /** By the link in the latest mail, or by one of a mail that is being made. */
  #unsubscribe(user: string): void {
    const { observer, faults } = this.#world;
    const profileId = this.#profileOf(user);
    const sends = [...observer.sends.values()].filter((send) => send.profileId === profileId);
    const send = sends.findLast(({ accepted }) => accepted.length > 0) ?? sends.at(-1);
    if (profileId === undefined || send === undefined) return;
    const { id: sendId } = send;
    let { purpose } = send;
    const link = /\/u\/([\w.-]+)/.exec(observer.mails.findLast(({ mail }) => mail.sendId === sendId)?.mail.text ?? "");
    const token = link?.[1] ?? unsubscribeToken(secretOf("link"), { profileId, sendId, purpose });
    faults.note("opt-out");
    noteLeaving(this.#world, profileId, purpose);
    this.#try({
      name: "preferences",
      run: async (ports) => {
        const page = await openPreferences(ports, token);
        if (page === undefined) return this.#world.violation("I6", `a link that was in a mail opens nothing: ${token}`);
        purpose = page.link.purpose;
        noteLeaving(this.#world, profileId, purpose);
        await unsubscribe(ports, page.link);
      },
      onAnswer: () => {
        const to = new Set(observer.mails.filter(({ mail }) => mail.sendId === sendId).map(({ mail }) => mail.to));
        for (const email of to) observer.close(email, purpose);
        for (const email of to) checkClosedNow(this.#world, observer.pkOf(email), purpose);
        this.#log.optedOut.push({ profileId, purpose, at: this.#world.scheduler.now });
      },
    });
  }

  #suppress(email: string): void {
    const { faults, observer, scheduler } = this.#world;
    faults.note("erasure");
    this.#try({
      name: "suppress",
      run: (ports) => suppress(ports, email, { reason: "operator", at: scheduler.now }),
      onAnswer: () => {
        observer.close(email, "all");
        checkClosedNow(this.#world, observer.pkOf(email), "all");
      },
    });
  }

  #pause(what: string): void {
    const { faults, scheduler } = this.#world;
    faults.note(what === "ACCOUNT" ? "account-paused" : "campaign-paused");
    const told = { by: "operator" } as const;
    this.#try({
      name: "pause",
      run: (ports) => (what === "ACCOUNT" ? pauseAccount(ports, told) : pauseCampaign(ports, what, told)),
      onAnswer: (paused: object | undefined) => {
        if (paused !== undefined && !this.#log.resuming.has(what)) this.#log.paused.set(what, scheduler.now);
      },
    });
  }

  #resume(what: string): void {
    const told = { by: "operator" } as const;
    this.#log.paused.delete(what);
    this.#log.resuming.add(what);
    this.#try({
      name: "resume",
      run: (ports) => (what === "ACCOUNT" ? resumeAccount(ports, told) : resumeCampaign(ports, what, told)),
      onAnswer: () => this.#log.resumed.add(what),
    });
  }

  #publish(which: "first" | "second"): void {
    this.#world.faults.note("edit");
    this.#apply(this.#variant[which]);
  }

  /** Whatever is paused goes on, by the switches and in the catalogue. */
  resumeAll(): void {
    const { observer, rules } = this.#world;
    if (this.open > 0) return;
    for (const what of observer.stops()) {
      noteBegun(this.#world, { kind: "resume", what });
      this.#resume(what);
    }
    const active = rules.definitions.get(observer.publications.at(-1)?.revision ?? "") ?? [];
    if (observer.hasHeld() && resumed(active) !== active) this.#apply(resumed(active));
  }

  #apply(definitions: Definition[]): void {
    this.#try({ name: "apply", run: (ports) => publish(ports, definitions), onAnswer: () => undefined });
  }

  #try({ name, run, onAnswer }: Attempt, tries = 1): void {
    const { scheduler, faults } = this.#world;
    this.open++;
    let isOver = false;
    const repeat = () => {
      if (isOver) return IDLE;
      isOver = true;
      this.open--;
      if (tries === MAX_TRIES && !faults.calm) return IDLE;
      faults.note("client-retry");
      this.#try({ name, run, onAnswer }, tries + 1);
      return undefined;
    };
    scheduler.at(scheduler.now + HTTP_TIMEOUT_MS + MINUTE_MS, repeat);
    const answered = (ended: Ended<unknown>) => {
      if (isOver) return;
      if ("error" in ended) {
        scheduler.at(scheduler.now + scheduler.pick(20 * SECOND_MS) * tries, repeat);
        return;
      }
      isOver = true;
      this.open--;
      traced(this.#world, () => `actor ${name} is answered`);
      onAnswer(ended.value as never);
    };
    invoke(this.#world, { name, timeoutMs: HTTP_TIMEOUT_MS, run }).then(answered, (error) =>
      this.#world.noteError(name, error),
    );
  }

  #profileOf(user: string): string | undefined {
    const known = this.#userOf.get(user);
    if (known !== undefined) return known;
    for (const { item, profileId } of this.#world.observer.events.values()) {
      const id = String(item["id"]);
      if (this.#log.userOf.get(id) === user) {
        this.#userOf.set(user, profileId);
        return profileId;
      }
    }
    return undefined;
  }
}
