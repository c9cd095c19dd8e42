// Decides how a change is reviewed before it goes live: the difference, what it would have done, and the id to apply.
import type { PlanView } from "../../shared/pipeline/plans.ts";
import { withClient } from "../client.ts";
import type { Call, Command } from "../command.ts";
import { MARKETING } from "../host/publish-folder.ts";
import { jsonText } from "../output.ts";
import { diffText, warningLines } from "../plan/diff-text.ts";
import { forecastText } from "../plan/forecast-text.ts";
import { againstText, planFolder, whereText } from "../plan/plan-folder.ts";
import { everyoneIsIn, type WorkedOut, workOutForecast } from "../plan/work-out-forecast.ts";
import { UsageError } from "../usage-error.ts";

const DEFAULT_DAYS = 30;
const MAX_DAYS = 365;
const CHANGES = 2;

export const command: Command = {
  name: "plan",
  says: "Show what a marketing folder would change, and what it would have done over the last days. Publishes nothing.",
  positionals: [{ name: "DIR", says: `the marketing folder (${MARKETING})` }],
  options: {
    days: {
      type: "text",
      value: "N",
      says: `days of recorded history to live again, 1 to ${MAX_DAYS} (${DEFAULT_DAYS})`,
    },
    "no-forecast": { type: "flag", says: "show the difference only" },
    all: { type: "flag", says: "also show campaigns that do not change" },
  },
  examples: [
    ["plan", "the difference to what is live, and a forecast; exit code 0: no changes, 2: changes, 1: failed"],
    ["plan my-shop --days 90", "the same for another folder, over three months"],
    ["plan --no-forecast --json", "the difference alone, for a build"],
  ],
  // 2 says that there are changes.
  usageExitCode: 1,
  run,
};

async function run({ args, environment, output }: Call): Promise<number> {
  const days = daysOf(args.text("days"));
  const given = args.positionals[0] ?? MARKETING;
  return withClient(environment, async (client) => {
    const plan = await planFolder(client, environment, given);
    const isChange = plan.changes.length > 0;
    const worked =
      isChange && !args.flag("no-forecast") ? await workOutForecast(client, plan, { days, output }) : undefined;
    if (args.flag("json")) output.out(jsonText(planJson(plan, worked)));
    else {
      const parts = [againstText(plan, given, whereText(client, environment)), diffText(plan), ...rest(plan, worked)];
      if (worked !== undefined) parts.push(forecastText(plan, worked, { all: args.flag("all") }));
      if (!plan.sameRevision) parts.push(`To publish exactly this: npm run relance -- apply ${plan.id}`);
      output.out(`${parts.join("\n\n")}\n`);
    }
    return isChange ? CHANGES : 0;
  });
}

function daysOf(text: string | undefined): number {
  const days = Number(text ?? DEFAULT_DAYS);
  if (Number.isInteger(days) && days >= 1 && days <= MAX_DAYS) return days;
  throw new UsageError(`--days must be a whole number from 1 to ${MAX_DAYS}, not "${text}".`);
}

function rest(plan: PlanView, worked: WorkedOut | undefined): string[] {
  const segments = worked === undefined ? [] : everyoneIsIn(plan, worked.forecast);
  const lines = warningLines(plan, { segments, ...(worked && { runs: worked.runs }) });
  return lines.length === 0 ? [] : [lines.join("\n")];
}

function planJson({ catalogues: _, ...plan }: PlanView, worked: WorkedOut | undefined) {
  if (worked === undefined) return { plan };
  const { forecast, runs, perSecond } = worked;
  const reachesEveryone = [...plan.everyone.map(({ kind, id }) => `${kind} ${id}`)];
  for (const id of everyoneIsIn(plan, forecast)) reachesEveryone.push(`segment ${id}`);
  return { plan, forecast, liveRuns: runs, sendsPerSecond: perSecond, reachesEveryone: [...new Set(reachesEveryone)] };
}
