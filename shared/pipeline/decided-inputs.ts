// Decides the inputs of one profile in order: what it is after all of them, and what follows from each.
import { type DecideContext, decide } from "../domain/decide.ts";
import type { Effect } from "../domain/effect.ts";
import type { Event } from "../domain/event.ts";
import type { Instant } from "../domain/instant.ts";
import type { Profile } from "../domain/profile.ts";
import type { Occurrence } from "../domain/replay.ts";
import { entryName } from "../domain/run.ts";
import { earliest } from "../domain/verdict.ts";

/** One event with the id of the message that brought it. */
export type ProfileInput = { messageId: string; event: Event };

/** The profile after all inputs, its next wake-up, and the effects input by input (a wake-up has no input). */
export type DecidedAll = {
  profile: Profile;
  wakeAt: Instant | undefined;
  steps: { input?: ProfileInput; effects: Effect[] }[];
};

type Context = Omit<DecideContext, "taken"> & { taken: ReadonlyMap<string, Instant> };

/**
 * Time alone, or an occurrence of a scheduled campaign. `isTouched`: nothing woke the profile, so a wake-up that is still to
 * come stays as it is.
 */
export function decideTime(
  profile: Profile,
  { isTouched = false, occurrence }: { isTouched?: boolean; occurrence?: Occurrence },
  context: Context,
): DecidedAll {
  const decided = decide(
    profile,
    occurrence === undefined ? { kind: "wake" } : { kind: "occurrence", ...occurrence },
    context,
  );
  const stillToCome = isTouched && (profile.wakeAt ?? 0) > context.now ? profile.wakeAt : undefined;
  const wakeAt = earliest([decided.wakeAt, stillToCome]);
  return { profile: decided.profile, wakeAt, steps: [{ effects: decided.effects }] };
}

/** Events, one after the other; `undefined` when so much is due that the profile must be woken first. */
export function decideEvents(profile: Profile, inputs: ProfileInput[], context: Context): DecidedAll | undefined {
  const taken = new Map(context.taken);
  const result: DecidedAll = { profile, wakeAt: profile.wakeAt, steps: [] };
  for (const input of inputs) {
    const decided = decide(result.profile, { kind: "event", event: input.event }, { ...context, taken });
    if (decided.isOverdue) return undefined;
    for (const effect of decided.effects) {
      if (effect.kind === "run-started" || effect.kind === "run-ended")
        taken.set(entryName(effect.run), effect.run.cause.at);
    }
    // A stored wake-up is a lower bound: it only moves earlier, and re-arms itself when it fires.
    result.wakeAt = earliest([decided.wakeAt, result.wakeAt]);
    result.profile = { ...decided.profile, ...(result.wakeAt !== undefined && { wakeAt: result.wakeAt }) };
    result.steps.push({ input, effects: decided.effects });
  }
  return result;
}
