// Builds campaigns of steps written in place, and reads what a life of them came to.
import type { JsonObject } from "../../shared/domain/json.ts";
import { aCatalogue, aLife, aReachable, type Life, NOW, sendsOf } from "./builders.ts";

/** A campaign that a lead enters, with these steps. */
export const journey = (steps: JsonObject[], more: JsonObject = {}): JsonObject => ({
  campaign: "c",
  on: { event: "lead.created" },
  sendBefore: "90 days",
  steps,
  ...more,
});

/** Somebody who can be written to, under these campaigns. */
export const living = (...campaigns: JsonObject[]): Life => aLife(aCatalogue({ campaigns }), aReachable(NOW));

/** A send step named as its template. */
export const send = (id: string): JsonObject => ({ id, send: id });

/** Steps of the intended mails, in order. */
export const mailsOf = (life: Life): string[] => sendsOf(life.effects).map(({ step }) => step);

/** Why runs ended, in order. */
export const endsOf = (life: Life): string[] =>
  life.effects.flatMap((effect) => (effect.kind === "run-ended" ? [effect.reason] : []));
