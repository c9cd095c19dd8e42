// Decides who has not been heard of for too long, a page of profiles at a time.
import type { Catalogue } from "../../domain/catalogue.ts";
import { normalAddress } from "../../domain/email-address.ts";
import { DAY_MS, type Instant, iso, parseDuration } from "../../domain/instant.ts";
import { isOwnAct, lastActAt } from "../../domain/last-act.ts";
import type { Profile } from "../../domain/profile.ts";
import { textTrait } from "../../domain/trait.ts";
import { nextProfiles, WALK_START, type WalkCursor } from "../jobs/walk.ts";
import { profileKey, profilePk } from "../keys.ts";
import { itemsAt, itemsOfRange } from "../pages.ts";
import type { Ports } from "../ports.ts";
import { loadAddress } from "../records/address-record.ts";
import { readEvent } from "../records/event-record.ts";
import { readProfile } from "../records/profile-record.ts";
import { loadState } from "../records/state.ts";
import { readTombstone } from "../records/tombstone.ts";

type Reading = Pick<Ports, "table" | "secrets" | "clock">;

/** Somebody whose time is over, and when they were last heard of. */
export type Overdue = { profileId: string; lastActAt: Instant };
/** `looked`: profiles that were looked at. */
export type RetentionPage = { overdue: Overdue[]; looked: number; next: WalkCursor | undefined };

/** Nobody goes the night after an import of old history: what they did since may still be on its way. */
const NEW_MS = 30 * DAY_MS;

/** Profiles that are looked at where only their number is asked for. */
const COUNTED = 500;

/** Who was last heard of before this is to be erased. */
export function keptSince({ settings }: Pick<Catalogue, "settings">, now: Instant): Instant {
  return now - (parseDuration(settings.retention.after) as number);
}

/**
 * Looks at the next profiles. Cost: one read unit per 4 KB of them, and two or three more for those that seem to be overdue.
 */
export async function overdueIn(
  ports: Reading,
  { catalogue, before }: { catalogue: Catalogue; before: Instant },
  { cursor = WALK_START, limit = 100 }: { cursor?: WalkCursor; limit?: number } = {},
): Promise<RetentionPage> {
  const told = toldTypes(catalogue);
  let { ids, next } = await nextProfiles(ports, cursor, { limit });
  while (next !== undefined && ids.length < limit) {
    const more = await nextProfiles(ports, next, { limit: limit - ids.length });
    ids = [...ids, ...more.ids];
    next = more.next;
  }
  const items = await itemsAt(ports.table, ids.map(profileKey));
  const overdue: Overdue[] = [];
  for (const item of items) {
    if (readTombstone(item) !== undefined) continue;
    const profile = readProfile(item);
    if (isNew(ports, profile)) continue;
    const quick = { ...profile, consents: {}, readAt: undefined };
    if (lastActAt(quick, told) >= before) continue;
    const at = await lastHeardOf(ports, quick.id, { told, before });
    if (at !== undefined && at < before) overdue.push({ profileId: quick.id, lastActAt: at });
  }
  return { overdue, looked: items.length, next };
}

/** Who was known before Relance kept since when, is long known. */
function isNew({ clock }: Reading, { firstHeardAt }: Pick<Profile, "firstHeardAt">): boolean {
  return firstHeardAt !== undefined && clock.now() < firstHeardAt + NEW_MS;
}

/** How many of those looked at are to be erased; `isAll`: nobody was left out. */
type OverdueCount = { overdue: number; looked: number; isAll: boolean };

/** Counts among some profiles, which are some by chance, since their ids are. */
export async function countOverdue(
  ports: Reading,
  asked: { catalogue: Catalogue; before: Instant },
): Promise<OverdueCount> {
  const counted = { overdue: 0, looked: 0 };
  let cursor: WalkCursor | undefined = WALK_START;
  while (cursor !== undefined && counted.looked < COUNTED) {
    const page: RetentionPage = await overdueIn(ports, asked, { cursor, limit: COUNTED - counted.looked });
    counted.overdue += page.overdue.length;
    counted.looked += page.looked;
    cursor = page.next;
  }
  return { ...counted, isAll: cursor === undefined };
}

/** Whether somebody was heard of since, by what is known now. */
export async function isHeardOf(
  ports: Reading,
  profileId: string,
  { catalogue, before }: { catalogue: Catalogue; before: Instant },
): Promise<boolean> {
  const at = await lastHeardOf(ports, profileId, { told: toldTypes(catalogue), before });
  return at !== undefined && at >= before;
}

/** With everything that is known; `undefined`: the profile is gone meanwhile. */
async function lastHeardOf(
  ports: Reading,
  profileId: string,
  { told, before }: { told: ReadonlySet<string>; before: Instant },
): Promise<Instant | undefined> {
  const profile = (await loadState(ports, profileId))?.profile;
  if (profile === undefined) return undefined;
  const email = normalAddress(textTrait(profile.traits, "email") ?? "");
  const readAt = email === undefined ? undefined : (await loadAddress(ports, email)).address.lastActAt;
  const at = lastActAt({ ...profile, readAt }, told);
  const mayBeTheirs = Object.entries(profile.activity).some(([type, { lastAt }]) => told.has(type) && lastAt >= before);
  return at < before && mayBeTheirs ? Math.max(at, await lastEventAt(ports, profileId, before)) : at;
}

/** Of types that campaigns emit as well as others, only the events tell whose they were. */
async function lastEventAt({ table }: Reading, profileId: string, before: Instant): Promise<Instant> {
  let latest: Instant = 0;
  const range = { pk: profilePk(profileId), from: `EVENT#${iso(before)}`, to: "EVENT#~" };
  for await (const page of itemsOfRange(table, range))
    for (const event of page.map(readEvent)) if (isOwnAct(event)) latest = Math.max(latest, event.occurredAt);
  return latest;
}

function toldTypes({ campaigns }: Catalogue): Set<string> {
  const steps = [...campaigns.values()].flatMap((campaign) => campaign.steps);
  return new Set(steps.flatMap((step) => (step.kind === "emit" ? [step.type] : [])));
}
