// Decides how entries reach EventBridge: in chunks, each refused entry put again a bounded number of times.
import { type EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { Fault, Unavailable } from "../../pipeline/faults.ts";
import type { Bus, BusEntry } from "../../pipeline/ports.ts";
import { BACKOFF, type Backoff, jitteredDelayMs } from "./backoff.ts";
import { bytesOf, chunks, MAX_BYTES, type Sized } from "./chunks.ts";

type Pending = Sized<PutEventsRequestEntry>;
type Failure = { index: number; reason: string };

/** The sizes count towards the limit as EventBridge counts them: 14 bytes for the time, then the texts. */
const TIME_BYTES = 14;
const TOO_LARGE = "EntryTooLarge";

/**
 * The bus on EventBridge. One call per 10 entries or 1 MiB, plus at most three repeats for entries EventBridge refused
 * (it answers 200 and reports them apart). An entry of an unanswered call is reported as failed though it may have
 * arrived: putting it again is safe, since events are deduplicated by id.
 */
export function eventBus(options: { client: EventBridgeClient; busName: string; backoff?: Backoff }): Bus {
  const put = putter(options.client, options.backoff ?? BACKOFF);
  return {
    async publish(entries) {
      const sized = entries.map((entry, index) => sizedEntry(entry, index, options.busName));
      const failed: Failure[] = sized.filter(isTooLarge).map(({ index }) => ({ index, reason: TOO_LARGE }));
      let cause: unknown;
      for (const chunk of chunks(sized.filter((one) => !isTooLarge(one)))) {
        // After a call without an answer the rest is not tried: each try would take the SDK's own retries again.
        const left = cause === undefined ? await put(chunk) : { failed: failuresOf(chunk, "NotTried") };
        failed.push(...left.failed);
        cause ??= left.cause;
      }
      if (entries.length > 0 && failed.length === entries.length) throw nothingAccepted(failed, cause);
      return { failed: failed.sort((a, b) => a.index - b.index) };
    },
  };
}

function putter(client: EventBridgeClient, backoff: Backoff) {
  return async (chunk: Pending[]): Promise<{ failed: Failure[]; cause?: unknown }> => {
    let pending = chunk;
    for (let round = 0; ; round++) {
      let failed: Failure[];
      try {
        failed = await putOnce(client, pending);
      } catch (cause) {
        return { failed: failuresOf(pending, cause instanceof Error ? cause.name : "NoAnswer"), cause };
      }
      if (failed.length === 0 || round === backoff.rounds) return { failed };
      const again = new Set(failed.map(({ index }) => index));
      pending = pending.filter(({ index }) => again.has(index));
      await backoff.wait(jitteredDelayMs(round, backoff.random));
    }
  };
}

async function putOnce(client: EventBridgeClient, pending: Pending[]): Promise<Failure[]> {
  const answer = await client.send(new PutEventsCommand({ Entries: pending.map(({ entry }) => entry) }));
  // Results stand in the order of the entries; one without an id was not accepted.
  return pending.flatMap(({ index }, place) => {
    const result = answer.Entries?.[place];
    return result?.EventId ? [] : [{ index, reason: result?.ErrorCode ?? "NoResult" }];
  });
}

function sizedEntry(entry: BusEntry, index: number, busName: string): Pending {
  const detail = JSON.stringify(entry.detail);
  const bytes = TIME_BYTES + bytesOf(entry.source) + bytesOf(entry.type) + bytesOf(detail);
  const time = new Date(entry.at);
  return {
    index,
    bytes,
    entry: { EventBusName: busName, Source: entry.source, DetailType: entry.type, Detail: detail, Time: time },
  };
}

const isTooLarge = ({ bytes }: Pending): boolean => bytes > MAX_BYTES;

const failuresOf = (pending: Pending[], reason: string): Failure[] => pending.map(({ index }) => ({ index, reason }));

function nothingAccepted(failed: Failure[], cause: unknown): Fault {
  if (failed.every(({ reason }) => reason === TOO_LARGE)) {
    return new Fault("entry_too_large", "Every entry is over the 1 MiB of the event bus.", { retryable: false });
  }
  return new Unavailable("The event bus", { cause: cause ?? failed[0]?.reason });
}
