// Decides how a value that may have one of several forms is parsed: by the field that names its form, so that errors speak
// of that form only.
import * as z from "zod";
import { closest } from "./closest.ts";

/**
 * A schema that picks among `forms` by the one form name that is a field of the value; `says` answers none or several. A
 * mistyped name is told from none at all.
 */
export function oneOf<T>(forms: Record<string, z.ZodType>, says: string) {
  const names = Object.keys(forms);
  const unnamed = (value: unknown) => {
    for (const key of typeof value === "object" && value !== null ? Object.keys(value) : []) {
      const meant = closest(key, names);
      if (meant === undefined) continue;
      const message = `is not a known field; did you mean ${meant}?`;
      return { code: "custom" as const, input: value, path: [key], message, params: { code: "unknown_field" } };
    }
    return { code: "custom" as const, input: value, message: says };
  };
  return z.unknown().transform((value, context): T => {
    const named = typeof value === "object" && value !== null ? names.filter((name) => name in value) : [];
    if (named.length !== 1) {
      context.issues.push(named.length > 1 ? { code: "custom", input: value, message: says } : unnamed(value));
      return z.NEVER;
    }
    const parsed = (forms[named[0] as string] as z.ZodType).safeParse(value, { reportInput: true });
    if (parsed.success) return parsed.data as T;
    for (const issue of parsed.error.issues) context.issues.push(issue as z.core.$ZodRawIssue);
    return z.NEVER;
  });
}
