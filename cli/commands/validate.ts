// Decides how the marketing folder is checked: every problem with its place, nothing published.
import { readMarketing } from "../../shared/authoring/read-folder.ts";
import { errorsIn, problemText } from "../../shared/authoring/source-problem.ts";
import type { Call, Command } from "../command.ts";
import { givenPath } from "../environment.ts";
import { MARKETING } from "../host/publish-folder.ts";
import { countText, jsonText } from "../output.ts";

export const command: Command = {
  name: "validate",
  says: "Check the marketing folder: campaigns, segments, templates, settings and tests.",
  positionals: [{ name: "DIR", says: `the marketing folder (${MARKETING})` }],
  options: {},
  examples: [
    ["validate", "prints every problem as file:line:column, or that there is none"],
    ["validate my-shop --json", "the same for another folder, for an editor or a build"],
  ],
  run,
};

/** Warnings are said, and fail nothing. */
async function run({ args, environment, output }: Call): Promise<number> {
  const given = args.positionals[0] ?? MARKETING;
  const folder = givenPath(given, environment);
  const { definitions, tests, problems } = await readMarketing(folder, { shownAs: given });
  const errors = errorsIn(problems).length;
  if (args.flag("json")) output.out(jsonText({ definitions: definitions.length, tests: tests.length, problems }));
  else {
    const found = [countText(errors, "error"), countText(problems.length - errors, "warning")];
    const counted = found.filter((text) => !text.startsWith("0 ")).join(" and ");
    const read = tests.length === 0 ? "" : ` and ${countText(tests.length, "test")}`;
    const all = `${countText(definitions.length, "definition")}${read}`;
    output.out(problems.map((problem) => `${problemText(problem)}\n`).join(""));
    output.out(problems.length === 0 ? `${all}, no problems\n` : `${counted} in ${given}\n`);
  }
  return errors === 0 ? 0 : 1;
}
