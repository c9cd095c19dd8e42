// Decides the words that the JSON Schemas of the folder are made of: texts, durations, amounts, objects without other fields.
import { EVENT_TYPE } from "../../domain/event.ts";
import type { JsonObject } from "../../domain/json.ts";

/** A JSON Schema, or a part of one. Draft 7: every editor knows it. */
export type Schema = JsonObject;

/** The version the schemas are written in. */
export const DRAFT = "http://json-schema.org/draft-07/schema#";

/** An object with these fields and no others. */
export function fields(properties: Record<string, Schema>, required: readonly string[] = []): Schema {
  return { type: "object", properties, required: [...required], additionalProperties: false };
}

/** A schema with the sentence that an editor shows. */
export const described = (schema: Schema, description: string): Schema => ({ ...schema, description });

/** One of the definitions of the same file. */
export const reference = (name: string): Schema => ({ $ref: `#/definitions/${name}` });

/** A list; `bounds` are minItems and maxItems. */
export const listOf = (items: Schema, bounds: Schema = {}): Schema => ({ type: "array", items, ...bounds });

/** One of these texts. */
export const oneOfTexts = (...texts: string[]): Schema => ({ enum: texts });

/** Any text. */
export const text: Schema = { type: "string" };
/** A text that is not empty. */
export const name: Schema = { type: "string", minLength: 1 };
/** The id of a definition or a step. */
export const id: Schema = { type: "string", pattern: "^[a-z][a-z0-9-]{0,59}$" };
/** An event type such as purchase.completed. */
export const eventType: Schema = { type: "string", pattern: EVENT_TYPE.source };
/** A time of day, "09:00". */
export const time: Schema = { type: "string", pattern: "^([01]\\d|2[0-3]):[0-5]\\d$" };
/** "3 days"; see `parseDuration`. */
export const duration: Schema = { type: "string", pattern: "^\\s*\\d{1,5}\\s*(minute|hour|day|week)s?\\s*$" };
/** "-3 days"; see `parseOffset`. */
export const offset: Schema = { type: "string", pattern: "^\\s*[+-]?\\s*\\d{1,5}\\s*(minute|hour|day|week)s?\\s*$" };
/** A number, or an amount such as "80 EUR". */
export const quantity: Schema = {
  anyOf: [{ type: "number" }, { type: "string", pattern: "^\\s*-?\\d+(\\.\\d+)? [A-Z]{3}\\s*$" }],
};
/** What a value may be equal to. */
export const literal: Schema = { type: ["string", "number", "boolean"] };
