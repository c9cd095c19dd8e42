// Decides how an entry is kept: the mark that this profile entered this campaign with this key, and how its last run ended.
import { type Instant, iso } from "../../domain/instant.ts";
import { entryName, firstKey, type Run } from "../../domain/run.ts";
import { entryKey, SCHEMA } from "../keys.ts";
import type { Item } from "../ports.ts";

/** `endedAt` (epoch milliseconds) and `reason` once the run has ended. */
export type EntryItem = Item & { endedAt?: Instant; reason?: string };

/** The item of an entry as its run starts. */
export function entryItem(profileId: string, run: Run): EntryItem {
  return {
    ...entryKey(profileId, entryName(run)),
    schema: SCHEMA,
    campaign: run.campaign,
    key: firstKey(run),
    revision: run.revision,
    causeSk: run.cause.sk,
    enteredAt: run.cause.at,
    arm: run.arm,
  };
}

/** What is shown of an entry. */
export function readEntry(item: Item) {
  const { key, enteredAt, arm, endedAt, reason } = item as EntryItem & { key: string; enteredAt: Instant; arm: string };
  return {
    key,
    enteredAt: iso(enteredAt),
    arm,
    ...(endedAt !== undefined && { endedAt: iso(endedAt), ended: reason as string }),
  };
}
