// Decides how the demo shop gets into a data folder: replayed hour by hour through the real intake, on a clock that starts in the past.
import { DAY_MS, HOUR_MS, type Instant, iso } from "../../shared/domain/instant.ts";
import { Fault } from "../../shared/pipeline/faults.ts";
import { answer } from "../host/answer.ts";
import { countShop } from "../host/count-shop.ts";
import type { LocalHost } from "../host/host.ts";
import type { Output } from "../output.ts";
import { numberText } from "../output.ts";
import { barText, progressOn } from "../progress.ts";
import { type DemoEvent, demoShop } from "./shop.ts";

export type DemoSize = { profiles: number; months: number };
export const DEMO_SIZE: DemoSize = { profiles: 1_000, months: 18 };
const SEED = 1;
const MAX_CALLS = 500;
/** The nightly count is done at this distance while loading: every night would take longer than all the rest. */
const COUNT_EVERY_MS = 30 * DAY_MS;

/** What the demo's people did before `until`, in the order it arrived; put into the new store's clock before anything else. */
export function prepareDemo(
  { data }: LocalHost,
  { profiles, months, until }: DemoSize & { until: Instant },
): DemoEvent[] {
  const events = demoShop({ seed: SEED, profiles, months, until });
  data.clock.startAt((events[0]?.at ?? until) - HOUR_MS);
  return events;
}

type Loading = { events: DemoEvent[]; until: Instant; output: Output; signal: AbortSignal };

/** Replays the events and everything that time brings until `until`. Answers false when it was stopped before the end. */
export async function loadDemo(host: LocalHost, { events, until, output, signal }: Loading): Promise<boolean> {
  const progress = progressOn(output);
  let countAt = host.data.clock.now() + COUNT_EVERY_MS;
  let done = 0;
  for (const calls of byHour(events)) {
    if (signal.aborted) return false;
    const at = (calls.at(-1) as DemoEvent).at;
    await host.advanceTo(at);
    await send(host, calls);
    done += calls.length;
    if (at >= countAt) {
      await host.settle();
      await countShop(host.data.ports);
      countAt = at + COUNT_EVERY_MS;
    }
    progress.show(
      () =>
        `Loading the demo shop ${barText(done, events.length)}  ${numberText(done)} events, ${iso(at).slice(0, 10)}`,
    );
  }
  await host.advanceTo(until);
  progress.end(`Loading the demo shop ${barText(1, 1)}  ${numberText(done)} events, ${iso(until).slice(0, 10)}`);
  return true;
}

/** Calls of the same hour arrive together. */
function* byHour(events: DemoEvent[]): Generator<DemoEvent[]> {
  let calls: DemoEvent[] = [];
  for (const event of events) {
    const first = calls[0];
    const sameHour = first !== undefined && Math.floor(first.at / HOUR_MS) === Math.floor(event.at / HOUR_MS);
    if (first !== undefined && (!sameHour || calls.length === MAX_CALLS)) {
      yield calls;
      calls = [];
    }
    calls.push(event);
  }
  if (calls.length > 0) yield calls;
}

/** As a shop's SDK would: with the write key, several calls in one request. */
async function send(host: LocalHost, events: DemoEvent[]): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${host.data.secrets.writeKey}:`).toString("base64")}`;
  const { status, body } = await answer(host, {
    method: "POST",
    path: "/v1/batch",
    query: "",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify({ batch: events.map(({ call }) => call) }),
  });
  const { accepted } = JSON.parse(body) as { accepted?: number };
  if (status === 200 && accepted === events.length) return;
  throw new Fault("demo_not_taken", `The intake did not take the demo's events (${status}): ${body}`, {
    retryable: false,
  });
}
