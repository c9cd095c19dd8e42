// Decides how a profile that was counted under older rules is counted under the current ones: from its own events.
import type { Catalogue } from "../domain/catalogue.ts";
import { countEvent } from "../domain/counter.ts";
import type { Profile } from "../domain/profile.ts";
import { profilePk } from "./keys.ts";
import type { Ports } from "./ports.ts";
import { readEvent } from "./records/event-record.ts";

/** Counts all events of the profile anew under the catalogue's counters. Cost: one read unit per 4 KB of its events. */
export async function completeCounters(
  { table }: Pick<Ports, "table">,
  profile: Profile,
  catalogue: Catalogue,
): Promise<Profile> {
  const counters: Profile["counters"] = {};
  for (let after: string | undefined; ; ) {
    const page = await table.query({
      pk: profilePk(profile.id),
      prefix: "EVENT#",
      ...(after !== undefined && { after }),
    });
    for (const item of page.items) {
      const event = readEvent(item);
      countEvent(counters, event, catalogue.counters.get(event.type) ?? []);
    }
    if (page.next === undefined) break;
    after = page.next;
  }
  // Which rules it was decided under is still what it was: the decision that follows meets the new ones.
  return { ...profile, counters, foldedBy: { ...profile.foldedBy, counters: catalogue.countersHash } };
}
