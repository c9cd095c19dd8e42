// Decides how a person's page is asked for.
import { withClient } from "../client.ts";
import type { Call, Command } from "../command.ts";
import { jsonText } from "../output.ts";
import { PROFILE_SAYS, profilePath } from "../profile-path.ts";
import { type ProfilePage, profileText, type TimelineItem } from "../profile-text.ts";

export const command: Command = {
  name: "profile",
  says: "Show what is known of a person, and everything that happened, was decided and was sent, in order.",
  positionals: [{ name: "PROFILE", says: PROFILE_SAYS, required: true }],
  options: {},
  examples: [["profile u-00042", "traits, segments, consents and the whole timeline"]],
  run,
};

async function run({ args, environment, output }: Call): Promise<number> {
  const page = await withClient(environment, async (client) => {
    const path = await profilePath(client, args.positionals[0] ?? "");
    return {
      profile: await client.get<ProfilePage>(path),
      timeline: (await client.get<{ items: TimelineItem[] }>(`${path}/timeline`)).items,
    };
  });
  output.out(args.flag("json") ? jsonText(page) : profileText(page));
  return 0;
}
