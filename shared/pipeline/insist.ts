// Decides how long a task is tried again: while others write the same item, or while the table is out of reach for a moment.
import { Contention, Fault } from "./faults.ts";
import { pauseBefore } from "./pause-before.ts";
import type { Ports } from "./ports.ts";

/** Some seconds in all. */
const MAX_TRIES = 25;

type Waiting = Pick<Ports, "clock" | "ids">;

/** Does the task anew, from its reading on, while somebody else writes the same; gives up with the last `Contention`. */
export function insist<T>(ports: Waiting, of: string, task: () => Promise<T>): Promise<T> {
  return again({ ports, of, on: (error) => error instanceof Contention }, task);
}

/** The same for what must not get lost: on any fault that may pass. The task must be harmless to repeat. */
export function insistOn<T>(ports: Waiting, of: string, task: () => Promise<T>): Promise<T> {
  return again({ ports, of, on: (error) => error instanceof Fault && error.retryable }, task);
}

async function again<T>(
  { ports, of, on }: { ports: Waiting; of: string; on: (error: unknown) => boolean },
  task: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await task();
    } catch (error) {
      if (!on(error) || attempt === MAX_TRIES) throw error;
      await pauseBefore(ports, attempt + 1, of);
    }
  }
}
