// Decides how the marketing folder is checked: every problem with its place, nothing published.
import { readMarketing } from "../../shared/authoring/read-folder.ts";
import { problemText } from "../../shared/authoring/source-problem.ts";
import type { Call, Command } from "../command.ts";
import { givenPath } from "../environment.ts";
import { MARKETING } from "../host/publish-folder.ts";
import { countText, jsonText } from "../output.ts";

export const command: Command = {
  name: "validate",
  says: "Check the marketing folder: campaigns, segments, templates and settings.",
  positionals: [{ name: "DIR", says: `the marketing folder (${MARKETING})` }],
  options: {},
  examples: [
    ["validate", "prints every problem as file:line:column, or that there is none"],
    ["validate my-shop --json", "the same for another folder, for an editor or a build"],
  ],
  run,
};

async function run({ args, environment, output }: Call): Promise<number> {
  const given = args.positionals[0] ?? MARKETING;
  const { definitions, problems } = await readMarketing(givenPath(given, environment), { shownAs: given });
  if (args.flag("json")) output.out(jsonText({ definitions: definitions.length, problems }));
  else if (problems.length === 0) output.out(`${countText(definitions.length, "definition")}, no problems\n`);
  else output.out(`${problems.map(problemText).join("\n")}\n${countText(problems.length, "problem")} in ${given}\n`);
  return problems.length === 0 ? 0 : 1;
}
