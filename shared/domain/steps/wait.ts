// Decides how long a wait step waits: a duration, until a local time, until a date, or until an event comes.
import { parseDateTrait } from "../date-trait.ts";
import { factsAt } from "../deciding.ts";
import { DAY_MS, type Instant } from "../instant.ts";
import type { Step, Wait } from "../journey.ts";
import { midnight } from "../midnight.ts";
import type { Profile } from "../profile.ts";
import { firstKey, type Run, SETTLE_MS } from "../run.ts";
import { type Weekday, weekdays } from "../schedule.ts";
import { traitNamed } from "../trait.ts";
import { localDate, localInstant, nextDay, weekdayNumber } from "../zone.ts";
import type { StepContext, StepOutcome, Turn } from "./step-outcome.ts";

type WaitStep = Extract<Step, { kind: "wait" }>;
type WaitOf<K extends Wait["kind"]> = Extract<Wait, { kind: K }>;

/** The turn that ends the wait once it has come, until then when to ask again. */
export function doWait(step: WaitStep, context: StepContext): StepOutcome {
  const { wait } = step;
  const { deciding, run } = context;
  const go = (at: Instant) => turnOf({ kind: "go", to: step.next, at }, context);
  if (wait.kind === "duration") return go(run.since + wait.ms);
  if (wait.kind === "event") return untilEvent(step, wait, context);
  const zone = factsAt(deciding, deciding.now).zone();
  if (wait.kind === "time") return go(nextLocalTime(run.since, wait, zone));
  const trait = traitNamed(deciding.draft.traits, wait.trait);
  const at = dateOf(deciding.draft, wait, zone);
  // A date that was over when the run came here is no reason to wait; one that moved is known since it was told.
  const knownAt = Math.max(run.since, Math.min(trait?.at ?? run.since, deciding.present));
  return at === undefined ? { kind: "end", reason: "date-missing", at: knownAt } : go(Math.max(at, knownAt));
}

/**
 * A wait that was over before the run was let in (its cause was long under way) ends once the facts behind the cause have had
 * their time: the purchase may come with the cart.
 */
function turnOf(turn: Turn, { deciding, run }: StepContext): StepOutcome {
  const wasOver = turn.at > run.since && turn.at <= run.startedAt;
  const readyAt = wasOver ? run.startedAt + SETTLE_MS : turn.at;
  return readyAt <= deciding.now ? turn : { kind: "wait", until: readyAt };
}

/** The first local time at or after an instant, on one of the days where days are named. */
function nextLocalTime(from: Instant, { time, on }: { time: string; on?: Weekday[] }, zone: string): Instant {
  for (let date = localDate(from, zone); ; date = nextDay(date)) {
    if (on !== undefined && !on.includes(weekdays[weekdayNumber(date)] as Weekday)) continue;
    const at = localInstant(date, time, zone);
    if (at >= from) return at;
  }
}

/** The instant a date trait and offset name: whole days by the calendar; with a local time, at that time of the day. */
function dateOf({ traits }: Profile, { trait, offsetMs, time }: WaitOf<"date">, zone: string): Instant | undefined {
  const value = traitNamed(traits, trait)?.value;
  const dateAt = parseDateTrait(value, zone);
  if (dateAt === undefined) return undefined;
  const days = offsetMs % DAY_MS === 0 ? offsetMs / DAY_MS : undefined;
  if (days === undefined) {
    const at = dateAt + offsetMs;
    return time === undefined ? at : localInstant(localDate(at, zone), time, zone);
  }
  const date = nextDay(localDate(dateAt, zone), days);
  if (time !== undefined) return localInstant(date, time, zone);
  return String(value).length === "2026-12-01".length ? midnight(date, zone) : dateAt + offsetMs;
}

/** Judged by the stamps that are kept, so it does not matter in which order the event and the run came. */
function untilEvent(step: WaitStep, wait: WaitOf<"event">, context: StepContext): StepOutcome {
  const { deciding, run } = context;
  const timeoutAt = run.since + wait.timeoutMs;
  const cameAt = firstAwaited(deciding.draft, wait, { run, timeoutAt });
  const at = cameAt ?? timeoutAt;
  const goesOn = (cameAt === undefined ? wait.onTimeout : wait.onEvent) === "continue";
  const turn: Turn = goesOn
    ? { kind: "go", to: step.next, at }
    : { kind: "end", reason: cameAt === undefined ? "timeout" : "event-came", at };
  return cameAt === undefined ? turnOf(turn, context) : turn;
}

/** When the awaited event came first after the wait began, with the run's own key where the wait asks for it. */
function firstAwaited(
  { counters }: Profile,
  { counter, byKey }: WaitOf<"event">,
  { run, timeoutAt }: { run: Run; timeoutAt: Instant },
): Instant | undefined {
  const { recent, values } = counters[counter] ?? { recent: [] };
  const key = firstKey(run);
  let first: Instant | undefined;
  recent.forEach((stamp, index) => {
    const isOwn = !byKey || values?.[index] === key;
    if (isOwn && stamp > run.since && stamp <= timeoutAt) first = Math.min(stamp, first ?? stamp);
  });
  return first;
}
