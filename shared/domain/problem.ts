// Decides how a schema's complaint is said to a person: which field, what is wrong, how to mend it.
import type * as z from "zod";
import { closest } from "./closest.ts";
import type { InputProblem } from "./event.ts";

/** Writes a path as a person would: steps[1].wait. */
export function pathText(path: readonly PropertyKey[]): string {
  let text = "";
  for (const part of path)
    text += typeof part === "number" ? `[${part}]` : text === "" ? String(part) : `.${String(part)}`;
  return text;
}

/** Every problem zod found. `fields`: the names allowed at the top level, for "did you mean". */
export function problemsOf(error: z.ZodError, fields: readonly string[] = []): InputProblem[] {
  const missing = error.issues.filter(isMissing).map(({ path }) => path);
  return error.issues.flatMap((issue) => {
    const depth = issue.path.length;
    const absentHere = missing.filter(
      (path) => path.length === depth + 1 && issue.path.every((part, index) => part === path[index]),
    );
    return problemOf(issue, [...(depth === 0 ? fields : []), ...absentHere.map((path) => String(path.at(-1)))]);
  });
}

/** `nearby`: names that an unknown field may have been meant to be. */
function problemOf(issue: z.core.$ZodIssue, nearby: readonly string[]): InputProblem[] {
  const path = pathText(issue.path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const nearest = closest(key, nearby);
      return {
        code: "unknown_field",
        path: pathText([...issue.path, key]),
        message: `is not a known field${nearest ? `; did you mean ${nearest}?` : ""}`,
      };
    });
  }
  if (isMissing(issue)) return [{ code: "missing", path, message: "is missing" }];
  // What is wrong with a name in a map is said by the schema of its names.
  if (issue.code === "invalid_key")
    return [{ code: issue.code, path, message: issue.issues[0]?.message ?? issue.message }];
  const code =
    issue.code === "custom" && typeof issue.params?.["code"] === "string" ? issue.params["code"] : issue.code;
  return [{ code, path, message: issue.message.replace(/^Invalid (input|string): /, "") }];
}

/** Zod names the input only when it was asked to (`reportInput`); else its own words tell that there was none. */
function isMissing(issue: z.core.$ZodIssue): boolean {
  return "input" in issue ? issue.input === undefined : /received undefined$/.test(issue.message);
}
