// Decides how a profile that was counted under older rules is counted under the current ones: from its own events.
import type { Catalogue } from "../domain/catalogue.ts";
import { count } from "../domain/counter.ts";
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
      for (const spec of catalogue.counters.get(event.type) ?? []) {
        const matches = spec.matches === undefined || spec.matches(event.properties);
        if (matches) counters[spec.key] = count(counters[spec.key], event.occurredAt, spec.keep);
      }
    }
    if (page.next === undefined) break;
    after = page.next;
  }
  return { ...profile, counters, foldedBy: { counters: catalogue.countersHash, seq: catalogue.seq } };
}
