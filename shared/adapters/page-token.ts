// Decides how the place where a page ended is written down, so that every table adapter reads what it wrote.
import { Fault } from "../pipeline/faults.ts";

/** Writes the parts of a last key as one opaque text. */
export function writeToken(parts: string[]): string {
  return JSON.stringify(parts);
}

/** Reads a token of exactly `count` parts; a token nobody wrote throws the fault `bad_page_token` (not retryable). */
export function readToken(token: string, count: number): string[] {
  const parts = parse(token);
  if (Array.isArray(parts) && parts.length === count && parts.every((part) => typeof part === "string")) return parts;
  throw new Fault("bad_page_token", "The page token is not one that an earlier page returned.", { retryable: false });
}

function parse(token: string): unknown {
  try {
    return JSON.parse(token);
  } catch {
    return undefined;
  }
}
