// Decides how somebody outside calls the product: again after a while when it failed or did not answer, and at last not any more.
import { MINUTE_MS, SECOND_MS } from "../../shared/domain/instant.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";
import { IDLE } from "./scheduler.ts";
import type { World } from "./stage.ts";
import { traced } from "./trace.ts";
import { type Ended, invoke } from "./workers.ts";

const HTTP_TIMEOUT_MS = 15 * SECOND_MS;
const MAX_TRIES = 8;

/** `onTry`: a try begins, `onAnswer`: the one that was answered ended; the others may have counted, or not. */
export type Attempt = {
  name: string;
  run: (ports: Ports) => Promise<unknown>;
  onTry?: () => void;
  onAnswer: (value: never) => void;
};

/** Everybody who calls. */
export class Clients {
  readonly #world: World;
  /** Attempts that may still be repeated. */
  open = 0;

  constructor(world: World) {
    this.#world = world;
  }

  try(attempt: Attempt, tries = 1): void {
    const { scheduler, faults } = this.#world;
    const { name, run, onTry, onAnswer } = attempt;
    this.open++;
    let isOver = false;
    const repeat = () => {
      if (isOver) return IDLE;
      isOver = true;
      this.open--;
      if (tries === MAX_TRIES && !faults.calm) return IDLE;
      faults.note("client-retry");
      this.try(attempt, tries + 1);
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
    onTry?.();
    invoke(this.#world, { name, timeoutMs: HTTP_TIMEOUT_MS, run }).then(answered, (error) =>
      this.#world.noteError(name, error),
    );
  }
}
