// Decides how the functions run in one process: queues are drained, due items handed out, and time may be moved forward.
// What is wired here is what is deployed; only the loop around it is local.
import type { LambdaHandler } from "../../functions/on-aws.ts";
import type { FunctionName } from "../../infra/wiring.ts";
import type { ReceivedMessage } from "../../shared/adapters/local/sqlite-queue.ts";
import { type Instant, parseInstant } from "../../shared/domain/instant.ts";
import { earliest } from "../../shared/domain/verdict.ts";
import { errorText } from "../../shared/pipeline/error-text.ts";
import type { TickResult } from "../../shared/pipeline/tick.ts";
import { endLeases } from "./end-leases.ts";
import { type Consumer, consumers, type LocalFunctions, loadFunctions } from "./functions.ts";
import { type LocalData, type OpenOptions, openData } from "./open-data.ts";

const NOTHING_CONTEXT = {};
/** Timers cannot be longer than some weeks; an idle host looks again after this. */
const LONGEST_SLEEP_MS = 60 * 60_000;
/** A host to which nothing happens for so long is idle. */
const QUIET_MS = 1_000;
/** Pause before something that is overdue, because it could not be done, is tried again. */
const RETRY_MS = 1_000;

/** Opens a data folder and readies the functions on it. */
export async function openHost(options: OpenOptions): Promise<LocalHost> {
  const data = openData(options);
  try {
    await endLeases(data);
    return new LocalHost(data, await loadFunctions(data.ports));
  } catch (error) {
    data.store.close();
    throw error;
  }
}

export class LocalHost {
  readonly data: LocalData;
  readonly #functions: LocalFunctions;
  #turn: Promise<unknown> = Promise.resolve();
  #wake: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  /** Use `openHost`. */
  constructor(data: LocalData, functions: LocalFunctions) {
    this.data = data;
    this.#functions = functions;
    data.queues.onSend(() => this.notify());
  }

  /** Calls a function as AWS would. */
  call(name: FunctionName, event: unknown): Promise<unknown> {
    return (this.#functions[name] as LambdaHandler)(event, NOTHING_CONTEXT);
  }

  /** Works in the background until `close`. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Says that there may be something to do. */
  notify(): void {
    this.#wake?.();
  }

  /** Does everything that can be done at this instant. */
  settle(): Promise<void> {
    return this.#alone(() => this.#settle());
  }

  /** Moves time to an instant; everything due in between happens, in order, before it returns. Reports progress as time passes. */
  advanceTo(until: Instant, progress?: (at: Instant) => void): Promise<void> {
    return this.#alone(async () => {
      const { clock } = this.data;
      clock.freeze();
      try {
        for (;;) {
          await this.#settle();
          const next = this.#nextAt();
          if (next === undefined || next >= until) break;
          clock.jumpTo(Math.max(next, clock.now()));
          progress?.(clock.now());
        }
        if (until > clock.now()) clock.jumpTo(until);
        await this.#settle();
      } finally {
        clock.thaw();
      }
    });
  }

  /** Stops after what is under way, and frees the data folder. */
  async close(): Promise<void> {
    this.#stopped = true;
    this.notify();
    await this.#running;
    await this.#turn;
    this.data.clock.close();
    this.data.store.close();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const worked = await this.#alone(() => this.#step());
      if (!worked && !this.#stopped) await this.#idle();
    }
  }

  async #idle(): Promise<void> {
    const waitMs = Math.max(
      1,
      Math.min((this.#nextAt() ?? Number.POSITIVE_INFINITY) - this.data.clock.now(), LONGEST_SLEEP_MS),
    );
    const wasWoken = await this.#sleep(Math.min(waitMs, QUIET_MS));
    if (wasWoken || waitMs <= QUIET_MS) return;
    // Nothing happens for a while: what was deleted meanwhile need not stay in the log of the data file.
    this.data.store.wipe();
    await this.#sleep(waitMs - QUIET_MS);
  }

  /** Answers whether somebody woke it before. */
  async #sleep(ms: number): Promise<boolean> {
    const wasWoken = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
    this.#wake = undefined;
    return wasWoken;
  }

  async #settle(): Promise<void> {
    while (await this.#step());
  }

  /** One round: what is due is handed out, then one batch of every queue. Tells whether there was anything. */
  async #step(): Promise<boolean> {
    const dueAt = this.#nextDueAt();
    let worked = dueAt !== undefined && dueAt <= this.data.clock.now() && (await this.#tick());
    for (const consumer of consumers) worked = (await this.#consume(consumer)) || worked;
    // Requests get their turn between rounds.
    await new Promise((resolve) => setImmediate(resolve));
    return worked;
  }

  /** Hands out what is due; tells whether that was anything, so that a tick that cannot work does not spin. */
  async #tick(): Promise<boolean> {
    try {
      const handedOut = (await this.call("tick", {})) as TickResult;
      return handedOut.wakes + handedOut.sends + handedOut.jobs > 0;
    } catch (error) {
      this.data.ports.log.error("tick failed; it is tried again", { error: errorText(error) });
      return false;
    }
  }

  async #consume({ queue, function: name, batchSize, visibilityMs }: Consumer): Promise<boolean> {
    const { queues, clock, ports } = this.data;
    const messages = queues.receive(queue, { max: batchSize, now: clock.now(), visibilityMs });
    if (messages.length === 0) return false;
    // Not in flight any more: this hand-out counts, also when the process ends before the message comes back.
    const again = (failed: ReceivedMessage[]) => queues.release(failed, clock.now() + visibilityMs);
    try {
      const result = (await this.call(name, { Records: messages.map(recordOf) })) as {
        batchItemFailures: { itemIdentifier: string }[];
      };
      const failed = new Set(result.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      queues.delete(messages.filter(({ id }) => !failed.has(String(id))));
      again(messages.filter(({ id }) => failed.has(String(id))));
    } catch (error) {
      ports.log.error(`${name} failed; its batch comes back`, { error: errorText(error) });
      again(messages);
    }
    return true;
  }

  /** When the next thing happens by itself: something is due, or a message becomes visible. What is overdue is retried soon. */
  #nextAt(): Instant | undefined {
    const visibleAt = this.data.queues.nextVisibleAt(consumers.map(({ queue }) => queue));
    const at = earliest([this.#nextDueAt(), visibleAt]);
    if (at === undefined) return undefined;
    const now = this.data.clock.now();
    return at > now ? at : now + RETRY_MS;
  }

  #nextDueAt(): Instant | undefined {
    return parseInstant(this.data.table.nextDueAt() ?? "");
  }

  /** One after the other: rounds of the loop, settling and moving time never overlap. */
  #alone<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(task);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

function recordOf({ id, body, receives, sentAt }: ReceivedMessage) {
  return {
    messageId: String(id),
    body: JSON.stringify(body),
    attributes: { ApproximateReceiveCount: String(receives), SentTimestamp: String(sentAt) },
  };
}
