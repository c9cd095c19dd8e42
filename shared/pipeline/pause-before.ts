// Decides how long writers that met wait before they try again: longer each time, each by an amount of its own.
import { shardOf } from "../domain/hash.ts";
import type { Ports } from "./ports.ts";

const PAUSE_MS = 4;
/** From here on the pauses grow no longer: a quarter of a second at most. */
const LAST_DOUBLING = 6;

/** Waits before a try; the first two follow at once. `of`: what they met at. */
export async function pauseBefore(
  { clock, ids }: Pick<Ports, "clock" | "ids">,
  attempt: number,
  of: string,
): Promise<void> {
  if (attempt <= 2) return;
  await clock.sleepUntil(clock.now() + shardOf(`${of}${ids.next()}`, PAUSE_MS * 2 ** Math.min(attempt, LAST_DOUBLING)));
}
