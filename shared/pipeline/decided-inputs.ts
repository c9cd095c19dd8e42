// Decides what a chunk of inputs of one profile looks like before and after it was decided.
import type { Effect } from "../domain/effect.ts";
import type { Event } from "../domain/event.ts";
import type { Instant } from "../domain/instant.ts";
import type { Profile } from "../domain/profile.ts";

/** One event with the id of the message that brought it. */
export type ProfileInput = { messageId: string; event: Event };

/** The profile after all inputs, its next wake-up, and the effects input by input (a wake-up has no input). */
export type DecidedAll = {
  profile: Profile;
  wakeAt: Instant | undefined;
  steps: { input?: ProfileInput; effects: Effect[] }[];
};
