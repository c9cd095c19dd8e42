// Decides how the tests that marketers wrote are run: the folder is read, each test lives on a clock of its own.
import { errorsIn, problemText, type SourceProblem } from "../../shared/authoring/source-problem.ts";
import { runTests } from "../../shared/authoring/tests/run-tests.ts";
import type { Call, Command } from "../command.ts";
import { givenPath } from "../environment.ts";
import { MARKETING, readForData } from "../host/publish-folder.ts";
import { countText, jsonText } from "../output.ts";
import { resultsText } from "../test-results-text.ts";
import { UsageError } from "../usage-error.ts";

export const command: Command = {
  name: "test",
  says: "Run the tests beside your campaigns (*.test.yaml) on a virtual clock.",
  positionals: [{ name: "DIR", says: `the marketing folder (${MARKETING})` }],
  options: { only: { type: "text", value: "TEXT", says: "only tests whose sentence or file contains TEXT" } },
  examples: [
    ["test", "runs all tests; a failing one shows what was expected, what happened, and every decision"],
    ["test --only welcome", "runs the tests about welcome"],
  ],
  run,
};

/** 0 when all hold, 1 when one fails or the folder has errors, 2 when there is nothing to run. */
async function run({ args, environment, output }: Call): Promise<number> {
  const given = args.positionals[0] ?? MARKETING;
  const folder = { path: givenPath(given, environment), shownAs: given };
  const { definitions, facts, tests, problems } = await readForData(folder, environment.folder);
  const errors = errorsIn(problems);
  if (errors.length > 0) return broken(errors, { given, json: args.flag("json"), output });
  const only = args.text("only");
  const wanted = tests.filter(({ file, body }) => only === undefined || `${file} ${body.test}`.includes(only));
  if (wanted.length === 0) throw new UsageError(nothingToRun(given, only, tests.length));
  const results = runTests(wanted, definitions, facts);
  if (args.flag("json")) {
    const passed = results.filter((result) => result.passed).length;
    output.out(jsonText({ passed, failed: results.length - passed, results }));
  } else output.out(resultsText(results));
  return results.every(({ passed }) => passed) ? 0 : 1;
}

function nothingToRun(given: string, only: string | undefined, count: number): string {
  if (count === 0) return `There are no tests in ${given}: write them into files such as campaigns/welcome.test.yaml.`;
  return `None of ${countText(count, "test")} in ${given} contains "${only}".`;
}

function broken(
  errors: SourceProblem[],
  { given, json, output }: { given: string; json: boolean; output: Call["output"] },
): number {
  const sentence = `${countText(errors.length, "error")} in ${given}; no test was run`;
  if (json) output.out(jsonText({ error: { code: "broken_marketing", message: sentence }, problems: errors }));
  else output.out(`${errors.map(problemText).join("\n")}\n${sentence}\n`);
  return 1;
}
