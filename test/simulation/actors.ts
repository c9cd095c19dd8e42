// Decides how people, clients, marketers and operators act: through workers of the product, with clients that try again.

import type { Definition } from "../../shared/domain/definition.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { Unavailable } from "../../shared/pipeline/faults.ts";
import { importPage } from "../../shared/pipeline/import-page.ts";
import { ingest } from "../../shared/pipeline/ingest.ts";
import { pauseAccount, pauseCampaign, resumeAccount, resumeCampaign } from "../../shared/pipeline/stop-switch.ts";
import { suppress } from "../../shared/pipeline/suppress.ts";
import { People } from "./actors-people.ts";
import { FORM, resumed, type Variant } from "./catalogues.ts";
import { checkClosedNow } from "./checks/closing.ts";
import { noteBegun } from "./checks/told.ts";
import { Clients } from "./clients.ts";
import type { Action } from "./life.ts";
import type { ActorLog } from "./log.ts";
import type { World } from "./stage.ts";
import { traced } from "./trace.ts";

export const SOURCE = "shop";
const IMPORT_SOURCE = "old-shop";
/** How far apart two instants must lie to be in the same order by all clocks. */
const CLOCKS_MS = 125_000;

/** Acts through the product, again after a while when it failed or did not answer. */
export class Actors {
  readonly #world: World;
  readonly #variant: Variant;
  readonly #log: ActorLog;
  readonly #clients: Clients;
  readonly #people: People;

  constructor(world: World, variant: Variant) {
    this.#world = world;
    this.#variant = variant;
    this.#log = world.log;
    this.#clients = new Clients(world);
    this.#people = new People(world, this.#clients);
  }

  /** Attempts that may still be repeated. */
  get open(): number {
    return this.#clients.open;
  }

  act(action: Action): void {
    traced(this.#world, () => `actor ${action.kind} ${JSON.stringify({ ...action, at: undefined, kind: undefined })}`);
    if (action.kind === "pause" || action.kind === "resume" || action.kind === "suppress")
      noteBegun(this.#world, action);
    if (action.kind === "calls") this.#post(action);
    else if (action.kind === "malformed") this.#malformed(action.id);
    else if (action.kind === "import") this.#import(action.facts);
    else if (action.kind === "suppress") this.#suppress(action.email);
    else if (action.kind === "pause") this.#pause(action.what);
    else if (action.kind === "resume") this.#resume(action.what);
    else if (action.kind === "publish") this.#publish(action.which);
    else this.#people.act(action);
  }

  #post({ items, source = SOURCE }: Extract<Action, { kind: "calls" }>): void {
    const { counts, faults } = this.#world;
    counts["events"] = (counts["events"] ?? 0) + items.length;
    if (source === FORM) faults.note("form");
    for (const item of items) this.#noteReturn(item, source);
    this.#clients.try({
      name: "intake",
      run: (ports) => ingest(ports, items, { source }),
      onAnswer: ({ rejected }: Awaited<ReturnType<typeof ingest>>) => {
        for (const [index, item] of items.entries())
          if (!rejected.some((one) => one.index === index)) this.#log.accepted.add(String(item["messageId"]));
      },
    });
  }

  /** Who was erased comes back by a form; from then on what they do counts. */
  #noteReturn(item: JsonObject, source: string): void {
    const user = String(item["userId"]);
    if (!this.#log.erasing.has(user)) return;
    const { observer, scheduler } = this.#world;
    const profileId = this.#log.profileOf.get(user) ?? "";
    const told = Date.parse(String(item["timestamp"]));
    const erasedAt = Math.max(0, ...[...observer.erased.values()].map((one) => one.erasedAt));
    const isAfter = told > erasedAt + CLOCKS_MS && scheduler.now > erasedAt + CLOCKS_MS;
    const consent = (item["traits"] as { consent?: { marketing?: unknown } } | undefined)?.consent?.marketing;
    const isReturning = this.#log.erased.has(profileId) && source === FORM && consent === "granted";
    const isBack = observer.people.has(profileId) && observer.erased.size > 0;
    if (isAfter && (isReturning || isBack)) this.#log.returned.add(String(item["messageId"]));
  }

  #malformed(id: string): void {
    const { faults, scheduler } = this.#world;
    faults.note("malformed-event");
    this.#clients.try({
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
    this.#clients.try({
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

  #suppress(email: string): void {
    const { faults, observer, scheduler } = this.#world;
    faults.note("erasure");
    this.#clients.try({
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
    this.#clients.try({
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
    this.#clients.try({
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
    this.#clients.try({ name: "apply", run: (ports) => publish(ports, definitions), onAnswer: () => undefined });
  }
}
