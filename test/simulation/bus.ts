// Decides how the event bus behaves: parts of a call may fail, what was accepted may come late, twice and out of order.
import { iso, MINUTE_MS } from "../../shared/domain/instant.ts";
import type { BusEntry } from "../../shared/pipeline/ports.ts";
import type { World } from "./stage.ts";

/** The bus with its one rule: everything but Relance's own events goes to the events queue. */
export class SimBus {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  publish(entries: BusEntry[]): { failed: { index: number; reason: string }[] } {
    const { faults, scheduler } = this.#world;
    const failed: { index: number; reason: string }[] = [];
    const isPartial = faults.strikes("bus-partial");
    for (const [index, entry] of entries.entries()) {
      if (isPartial && scheduler.random() < 0.5) failed.push({ index, reason: "InternalFailure" });
      else this.#deliver(entry);
    }
    return { failed };
  }

  #deliver({ source, type, detail, at }: BusEntry): void {
    const { faults, scheduler, queues } = this.#world;
    if (source === "relance") return;
    const body = {
      id: this.#world.nextId(),
      source,
      "detail-type": type,
      time: `${iso(at).slice(0, 19)}Z`,
      detail,
    };
    const delayMs = faults.strikes("bus-delayed") ? scheduler.pick(3 * MINUTE_MS) : scheduler.pick(100);
    queues.events.send(body, delayMs);
    if (faults.strikes("bus-duplicate")) queues.events.send(body, scheduler.pick(3 * MINUTE_MS));
  }
}
