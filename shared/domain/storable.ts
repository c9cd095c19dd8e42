// Decides which values an event may carry: what every table, queue and reader can hold exactly.
import type { InputProblem } from "./event.ts";
import { isDeeperThan, MAX_JSON_DEPTH } from "./json.ts";

/** Smaller numbers than this (other than zero) cannot be stored exactly. */
const SMALLEST = 1e-120;

/** The first thing inside a value that cannot be kept, with its path below `path`; `undefined` when all of it can. */
export function unstorableIn(value: unknown, path: string): InputProblem | undefined {
  if (!isDeeperThan(value, MAX_JSON_DEPTH)) return search(value, path);
  const [field] = Object.entries(value as object).find(([, inner]) => isDeeperThan(inner, MAX_JSON_DEPTH - 1)) ?? [
    path,
  ];
  return { code: "too_deep", path: field, message: `is nested over ${MAX_JSON_DEPTH} levels deep` };
}

function search(value: unknown, path: string): InputProblem | undefined {
  if (typeof value === "number" && !isExact(value)) {
    return { code: "not_exact", path, message: "is a number that cannot be kept exactly; send it as text" };
  }
  if (typeof value === "string" && !value.isWellFormed()) return illFormed(path);
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const innerPath = Array.isArray(value) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
    const problem = key.isWellFormed() ? search(inner, innerPath) : illFormed(path);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function isExact(value: number): boolean {
  return (
    Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER && (value === 0 || Math.abs(value) >= SMALLEST)
  );
}

const illFormed = (path: string): InputProblem => ({
  code: "not_text",
  path,
  message: "is not well-formed Unicode text",
});
