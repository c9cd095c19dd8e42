// Decides how a plan goes live: exactly the reviewed one, or a folder that is planned, shown and confirmed now.
import { Fault } from "../../shared/pipeline/faults.ts";
import type { PlanView } from "../../shared/pipeline/plans.ts";
import { type Client, withClient } from "../client.ts";
import type { Call, Command } from "../command.ts";
import { MARKETING } from "../host/publish-folder.ts";
import { goLive, publishOptions } from "../plan/go-live.ts";
import { planFolder } from "../plan/plan-folder.ts";

export const command: Command = {
  name: "apply",
  says: "Publish a reviewed plan, or a marketing folder after showing what changes; follow the back-fill.",
  positionals: [{ name: "PLAN|DIR", says: `the id that relance plan printed, or a marketing folder (${MARKETING})` }],
  options: publishOptions,
  examples: [
    ["apply 3f9a2c1b@4", "publishes exactly that plan; refuses when something else went live since"],
    ["apply", "plans the marketing folder, shows the difference and asks"],
    ['apply my-shop --yes --note "spring sale"', "the same without asking, for a build"],
  ],
  stops: true,
  run,
};

async function run(call: Call): Promise<number> {
  const given = call.args.positionals[0] ?? MARKETING;
  return withClient(call.environment, async (client) => {
    const isPlan = /^[0-9a-z]{8}@\d+$/.test(given);
    const plan = isPlan ? await planById(client, given) : await planFolder(client, call.environment, given);
    return goLive(call, client, { ...plan, from: isPlan ? "the reviewed draft" : given });
  });
}

async function planById(client: Client, id: string): Promise<PlanView> {
  try {
    return await client.get<PlanView>(`/api/plans/${id}`);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== "no_such_plan") throw error;
    throw new Fault("no_such_plan", `There is no plan ${id} here; make one with relance plan.`, { retryable: false });
  }
}
