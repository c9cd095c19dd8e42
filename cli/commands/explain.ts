// Decides how "why did this person get it, or why not" is asked.
import { type Client, withClient } from "../client.ts";
import type { Call, Command } from "../command.ts";
import { type Explanation, explanationText } from "../explanation-text.ts";
import { jsonText } from "../output.ts";
import { didYouMean, UsageError } from "../usage-error.ts";

export const command: Command = {
  name: "explain",
  says: "Tell why a person got a campaign's mail, or why not: clause by clause, then gate by gate.",
  positionals: [
    { name: "PROFILE", says: "who: your user id, or the opaque profile id", required: true },
    { name: "CAMPAIGN", says: "the id of a campaign", required: true },
  ],
  options: {},
  examples: [["explain u-00042 welcome", "did u-00042 get the welcome mail, and why"]],
  run,
};

async function run({ args, environment, output }: Call): Promise<number> {
  const [profile = "", campaign = ""] = args.positionals;
  const explanation = await withClient(environment, async (client) => {
    await checkCampaign(client, campaign);
    return client.get<Explanation>(`/api/profiles/${encodeURIComponent(profile)}/explain`, { campaign });
  });
  output.out(args.flag("json") ? jsonText(explanation) : explanationText(profile, explanation));
  return 0;
}

/** "No such profile or campaign" would leave the reader guessing which. */
export async function checkCampaign(client: Client, campaign: string): Promise<void> {
  const { items } = await client.get<{ items: { id: string }[] }>("/api/campaigns");
  const ids = items.map(({ id }) => id);
  if (ids.includes(campaign)) return;
  throw new UsageError(`There is no campaign "${campaign}".${didYouMean(campaign, ids)} Campaigns: ${ids.join(", ")}.`);
}
