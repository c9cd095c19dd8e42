// Decides what a plain value is: what JSON can carry, nothing else.

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** How deep an event may be: tables keep 32 levels, and whatever reads it recursively must come back. */
export const MAX_JSON_DEPTH = 20;

/** Whether objects and arrays lie in each other more than so many times; looks no deeper than that. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}
