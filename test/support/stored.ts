// Decides how tests look into a world's table: memberships, entries, sends and jobs as short texts.
import { findProfile } from "../../shared/pipeline/identity.ts";
import { profileIdOf } from "../../shared/pipeline/keys.ts";
import type { Item } from "../../shared/pipeline/ports.ts";
import { readProfile } from "../../shared/pipeline/records/profile-record.ts";
import { jobDetail } from "../../shared/pipeline/views/jobs.ts";
import type { MemoryWorld } from "./memory-world.ts";

/** Every item of the table. */
export async function itemsOf(world: MemoryWorld): Promise<Item[]> {
  const items: Item[] = [];
  for (let after: string | undefined; ; ) {
    const page = await world.table.scan({ segment: 0, segments: 1, ...(after !== undefined && { after }) });
    items.push(...page.items);
    if (page.next === undefined) return items;
    after = page.next;
  }
}

/** Keys of the entries of a campaign, in order, with the source's user id before each: "u-1 2026-03-02T08:00:00.000Z". */
export async function entriesOf(world: MemoryWorld, campaign: string): Promise<string[]> {
  const items = await itemsOf(world);
  const users = usersOf(items);
  return items
    .filter(({ sk }) => sk.startsWith(`ENTRY#${campaign}#`))
    .map(({ pk, sk }) => `${users.get(profileIdOf(pk))} ${sk.slice(`ENTRY#${campaign}#`.length)}`)
    .sort();
}

/** The source's user ids by opaque profile id. */
export function usersOf(items: Item[]): Map<string, string> {
  return new Map(
    items
      .filter(({ sk }) => sk === "STATE#PROFILE")
      .map((item) => [profileIdOf(item.pk), (readProfile(item).identities[0] ?? "").replace("userId:", "")]),
  );
}

/** Who is in a segment: as the profiles know it, and as the lists have it. */
export async function membersOf(world: MemoryWorld, segment: string): Promise<{ known: string[]; listed: string[] }> {
  const items = await itemsOf(world);
  const users = usersOf(items);
  const profiles = items.filter(({ sk }) => sk === "STATE#PROFILE").map(readProfile);
  return {
    known: profiles
      .filter(({ memberships }) => memberships[segment] !== undefined)
      .map(({ id }) => String(users.get(id)))
      .sort(),
    listed: items
      .filter(({ pk }) => pk.startsWith(`MEMBER#${segment}#`))
      .map(({ sk }) => String(users.get(sk)))
      .sort(),
  };
}

/** The opaque id of a user who is known. */
export async function idOf(world: MemoryWorld, user: string): Promise<string> {
  return (await findProfile(world.ports, user)) as string;
}

/** What is shown of a job. */
export const jobOf = (world: MemoryWorld, id: string) => jobDetail(world.ports, id);
