// Decides whether a template as it is sent by a machine can be published: by its schema, and by whether its Liquid can be read.
// Apart from `template.ts`, because who only reads published templates needs no Liquid.
import type { InputProblem } from "./event.ts";
import type { JsonObject } from "./json.ts";
import { readLiquid, tooMuchWork } from "./liquid.ts";
import { problemsOf } from "./problem.ts";
import { templateSchema } from "./template.ts";

/** What keeps a template from being published: Liquid that cannot be read, or that does too much work whoever reads it. */
export function checkTemplate(body: JsonObject): InputProblem[] {
  const parsed = templateSchema.safeParse(body, { reportInput: true });
  if (!parsed.success) return problemsOf(parsed.error, Object.keys(templateSchema.shape));
  return Object.entries(parsed.data.locales).flatMap(([locale, texts]) =>
    (["subject", "html", "text"] as const).flatMap((part): InputProblem[] => {
      const read = readLiquid(texts[part]);
      const problem = "problem" in read ? read.problem : tooMuchWork(texts[part]);
      if (problem === undefined) return [];
      const at = problem.line === undefined ? "" : ` (line ${problem.line}, column ${problem.column})`;
      return [{ code: "not_renderable", path: `locales.${locale}.${part}`, message: `${problem.message}${at}` }];
    }),
  );
}
