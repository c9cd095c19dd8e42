// Decides when the next mails may leave: one slot-reservation item for the whole account, so that parallel workers keep
// the provider's rate together.
import { type Instant, SECOND_MS } from "../domain/instant.ts";
import { insist } from "./insist.ts";
import { rateKey, SCHEMA } from "./keys.ts";
import type { Ports } from "./ports.ts";

/** Slots are laid a little wider than the rate allows: workers reach theirs some milliseconds early or late. */
const USE = 0.96;

/**
 * Reserves `n` slots, `1 / (0.96 × perSecond)` apart, and returns their instants; `undefined` when the first would lie more than
 * `horizonMs` ahead, then nothing is reserved. `tat = max(tat, now) + n / rate`. Cost: 1 read and 1 write unit per batch;
 * contended writers try again.
 */
export function reserveSlots(
  ports: Pick<Ports, "table" | "clock" | "ids">,
  n: number,
  { perSecond, horizonMs }: { perSecond: number; horizonMs: number },
): Promise<Instant[] | undefined> {
  const intervalMs = SECOND_MS / (perSecond * USE);
  return insist(ports, rateKey.pk, async () => {
    const item = await ports.table.get(rateKey);
    const now = ports.clock.now();
    const tat = (item?.["tat"] as number | undefined) ?? 0;
    // Nobody reserves as far ahead as that: a clock that went far ahead wrote it.
    const startAt = tat > now + 2 * horizonMs ? now : Math.max(tat, now);
    if (startAt - now > horizonMs) return undefined;
    const version = item?.version ?? 0;
    const put = { ...rateKey, schema: SCHEMA, version: version + 1, tat: startAt + Math.ceil(n * intervalMs) };
    await ports.table.write({ put, if: item === undefined ? { absent: true } : { version } });
    return Array.from({ length: n }, (_, index) => startAt + Math.floor(index * intervalMs));
  });
}
