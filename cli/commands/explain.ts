// Decides how "why did this person get it, or why not" is asked.
import { ASKED_INSTANTS, isAskedInstant } from "../../shared/domain/asked-instant.ts";
import { Fault } from "../../shared/pipeline/faults.ts";
import type { Explanation } from "../../shared/pipeline/views/explain.ts";
import { type Client, withClient } from "../client.ts";
import type { Call, Command } from "../command.ts";
import { explanationText } from "../explanation-text.ts";
import { jsonText } from "../output.ts";
import { PROFILE_SAYS, profilePath } from "../profile-path.ts";
import { didYouMean, UsageError } from "../usage-error.ts";

export const command: Command = {
  name: "explain",
  says: "Tell why a person got a campaign's mail or is in a segment, or why not: clause by clause, then gate by gate.",
  positionals: [
    {
      name: "PROFILE",
      says: PROFILE_SAYS,
      required: true,
    },
    { name: "CAMPAIGN|SEGMENT", says: "the id of a campaign, or else of a segment; without it everything in short" },
  ],
  options: {
    at: {
      type: "text",
      value: "INSTANT",
      says: 'what was known then, or what will be: 2026-03-01, "-3 days", "2 weeks"',
    },
    segment: { type: "flag", says: "the id is a segment's, also where a campaign has the same" },
  },
  examples: [
    ["explain u-00042", "one line per campaign and segment"],
    ["explain u-00042 welcome", "did u-00042 get the welcome mail, and why"],
    ["explain u-00042 at-risk", "is u-00042 in the segment at-risk, since when, until when"],
    ['explain u-00042 upsell --at "-3 days"', "what was known and decided three days ago"],
    ['explain u-00042 win-back --at "4 weeks"', "what will happen until then, if nothing else does"],
  ],
  run,
};

async function run({ args, environment, output }: Call): Promise<number> {
  const [profile = "", id] = args.positionals;
  const at = args.text("at");
  if (at !== undefined && !isAskedInstant(at)) throw new UsageError(`--at must be ${ASKED_INSTANTS}, not "${at}".`);
  if (id === undefined && args.flag("segment")) throw new UsageError("--segment needs the id of a segment before it.");
  const explanation = await withClient(environment, async (client) => {
    const path = `${await profilePath(client, profile)}/explain`;
    if (id === undefined) return client.get<Explanation>(path, { at });
    return explainSubject(client, path, { id, isSegment: args.flag("segment"), at });
  });
  output.out(args.flag("json") ? jsonText(explanation) : explanationText(profile, explanation));
  return 0;
}

type Subject = { id: string; isSegment: boolean; at: string | undefined };

/** A campaign, or else a segment. The api may also know a campaign that is not published any more. */
async function explainSubject(client: Client, path: string, { id, isSegment, at }: Subject): Promise<Explanation> {
  const [campaigns, segments] = await Promise.all([idsOf(client, "campaigns"), idsOf(client, "segments")]);
  const isOnlySegment = isSegment || (segments.includes(id) && !campaigns.includes(id));
  try {
    return await client.get<Explanation>(path, isOnlySegment ? { segment: id, at } : { campaign: id, at });
  } catch (error) {
    const code = error instanceof Fault ? error.code : "";
    if (code === "no_such_segment" || code === "bad_at") throw new UsageError((error as Fault).message);
    if (code !== "no_such_campaign") throw error;
    const hint = didYouMean(id, [...campaigns, ...segments]);
    const lists = `Campaigns: ${campaigns.join(", ")}. Segments: ${segments.join(", ")}.`;
    throw new UsageError(`There is no campaign and no segment "${id}".${hint} ${lists}`);
  }
}

async function idsOf(client: Client, list: "campaigns" | "segments"): Promise<string[]> {
  const { items } = await client.get<{ items: { id: string }[] }>(`/api/${list}`);
  return items.map(({ id }) => id);
}
