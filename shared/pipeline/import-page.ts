// Decides how a page of past events is taken in: applied at once, answered row by row, and triggering nothing unless asked.
import type { Fact, InputProblem } from "../domain/event.ts";
import { iso } from "../domain/instant.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Ports } from "./ports.ts";
import { applyMessages } from "./react.ts";

export type ImportedFact = Fact & { type: string };

/**
 * `retry`: rows to send again, because somebody else was writing to the same profile. `erased`: rows of people who were, which
 * are dropped; absent when there are none.
 */
export type ImportResult = {
  applied: number;
  duplicates: number;
  erased?: number[];
  rejected: (InputProblem & { index: number })[];
  retry: number[];
};

/** Applies facts of one source. Idempotent by id and declared time. With `trigger` they count as live when they are recent. */
export async function importPage(
  ports: Ports,
  facts: ImportedFact[],
  how: { source: string; trigger: boolean },
): Promise<ImportResult> {
  const time = iso(ports.clock.now());
  const messages = facts.map(({ type, ...fact }, index) => {
    const detail = { ...fact, ...(!how.trigger && { history: true }) } as JsonObject;
    return {
      id: String(index),
      receiveCount: 1,
      body: { id: ports.ids.next(), source: how.source, "detail-type": type, time, detail },
    };
  });
  const { outcomes, retry } = await applyMessages(ports, messages);
  const result: ImportResult = { applied: 0, duplicates: 0, rejected: [], retry: retry.map(Number) };
  for (const [id, outcome] of outcomes) {
    if (outcome === "applied") result.applied++;
    else if (outcome === "duplicate") result.duplicates++;
    else if (outcome === "erased") result.erased = [...(result.erased ?? []), Number(id)];
    else result.rejected.push({ index: Number(id), ...(outcome.rejected[0] as InputProblem) });
  }
  return result;
}
