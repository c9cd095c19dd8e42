// Decides how segments and their members are listed.
import type { membersView, segmentsView } from "../../shared/pipeline/views/lists.ts";
import type { Summary } from "../../shared/pipeline/views/summary.ts";
import { type Client, listOf, withClient } from "../client.ts";
import type { Call, Command } from "../command.ts";
import { mostOf, mostOption } from "../most-option.ts";
import { jsonText, numberText, tableText, timeText } from "../output.ts";
import { didYouMean, UsageError } from "../usage-error.ts";

type SegmentView = Awaited<ReturnType<typeof segmentsView>>["items"][number];
type MemberView = NonNullable<Awaited<ReturnType<typeof membersView>>>["items"][number];

export const command: Command = {
  name: "segments",
  says: "List the segments with their number of members, or the members of one.",
  positionals: [{ name: "ID", says: "the id of a segment, to list its members" }],
  options: { most: mostOption },
  examples: [
    ["segments", "every segment, its members and where it is written"],
    ["segments at-risk", "who is at risk, and since when"],
  ],
  run,
};

async function run({ args, environment, output }: Call): Promise<number> {
  const id = args.positionals[0];
  const most = mostOf(args);
  return withClient(environment, async (client) => {
    const { items } = await client.get<{ items: SegmentView[] }>("/api/segments");
    if (id === undefined) {
      const listed = await withMembers(client, items);
      const rows = listed.map(({ members, title, id: name, file }) => [
        numberText(members).padStart(7),
        title,
        name,
        file,
      ]);
      output.out(args.flag("json") ? jsonText({ items: listed }) : `${tableText(rows)}\n`);
      return 0;
    }
    const ids = items.map((segment) => segment.id);
    if (!ids.includes(id))
      throw new UsageError(`There is no segment "${id}".${didYouMean(id, ids)} Segments: ${ids.join(", ")}.`);
    const members = await listOf<MemberView>(client, `/api/segments/${id}/members`, { most });
    const rows = members.items.map(({ profileId, enteredAt }) => [profileId, `since ${timeText(enteredAt)}`]);
    const text =
      rows.length === 0 ? `Nobody is in ${id}.` : `${tableText(rows)}${members.more ? "\n  and more; see --most" : ""}`;
    output.out(args.flag("json") ? jsonText(members) : `${text}\n`);
    return 0;
  });
}

async function withMembers(client: Client, segments: SegmentView[]): Promise<(SegmentView & { members: number })[]> {
  const { segments: counted } = await client.get<Summary>("/api/summary");
  const members = new Map(counted.map((segment) => [segment.id, segment.members]));
  return segments.map((segment) => ({ ...segment, members: members.get(segment.id) ?? 0 }));
}
