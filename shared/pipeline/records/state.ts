// Decides what is read and written as the state of one profile: its item, consents, live runs and wake-up, side by side.
import type { Consent } from "../../domain/consent.ts";
import { parseInstant } from "../../domain/instant.ts";
import type { JsonObject } from "../../domain/json.ts";
import type { Profile } from "../../domain/profile.ts";
import { type Run, runName } from "../../domain/run.ts";
import { consentKey, due, profilePk, runKey, SCHEMA, STATE, wakeKey } from "../keys.ts";
import type { Condition, Item, Ports, Write } from "../ports.ts";
import { profileItem, readProfile } from "./profile-record.ts";
import { readTombstone, type Tombstone } from "./tombstone.ts";

/** A profile as it was read, with the version of each of its items by sort key. */
export type State = { profile: Profile; versions: Map<string, number> };

/** Reads everything `decide` needs; nobody who was erased is there any more. */
export async function loadState(ports: Pick<Ports, "table">, profileId: string): Promise<State | undefined> {
  const found = await readState(ports, profileId);
  return found !== undefined && "profile" in found ? found : undefined;
}

/** The same, in one consistent query (1 read unit per 4 KB); of an erased person the tombstone. */
export async function readState(
  ports: Pick<Ports, "table">,
  profileId: string,
): Promise<State | Tombstone | undefined> {
  const items: Item[] = [];
  for (let after: string | undefined; ; ) {
    const page = await ports.table.query({
      pk: profilePk(profileId),
      prefix: STATE,
      ...(after !== undefined && { after }),
    });
    items.push(...page.items);
    if (page.next === undefined) break;
    after = page.next;
  }
  const own = items.find((item) => item.sk === "STATE#PROFILE");
  if (own === undefined) return undefined;
  const tombstone = readTombstone(own);
  if (tombstone !== undefined) return tombstone;
  const profile: Profile = { ...readProfile(own), consents: {}, runs: [] };
  for (const item of items) addTo(profile, item);
  return { profile, versions: new Map(items.map((item) => [item.sk, item.version ?? 0])) };
}

function addTo(profile: Profile, item: Item): void {
  if (item.sk.startsWith("STATE#CONSENT#")) {
    const consent = item["consent"] as Consent;
    profile.consents[consent.purpose] = consent;
  } else if (item.sk.startsWith("STATE#RUN#")) {
    profile.runs.push({ ...(item["run"] as unknown as Run), dueAt: item["runDueAt"] as number });
  } else if (item.sk === "STATE#WAKE") {
    profile.wakeAt = parseInstant(item.dueAt as string) as number;
  }
}

/** A lease counts an item's version up by one; no item is leased so often between two writes of its profile. */
const LEASES_BETWEEN = 100_000;

/** The writes that turn the stored state into a new one: only the items that changed, each if nobody else touched it. */
export function stateWrites(before: State, after: Profile, wakeAt: number | undefined): Write[] {
  const { versions, profile } = before;
  const guard = (sk: string): Condition =>
    versions.has(sk) ? { version: versions.get(sk) as number } : { absent: true };
  // Counted by the profile's version, with room for leases in between: a number never comes twice, also not when an item
  // was deleted and made again.
  const version = (profile.version + 1) * LEASES_BETWEEN;
  const put = (item: Omit<Item, "schema" | "version"> & { pk: string; sk: string }): Write => ({
    put: { ...item, schema: SCHEMA, version },
    if: guard(item.sk),
  });
  const writes: Write[] = [{ put: profileItem(after), if: guard("STATE#PROFILE") }];
  for (const consent of Object.values(after.consents)) {
    if (consent !== profile.consents[consent.purpose])
      writes.push(put({ ...consentKey(after.id, consent.purpose), consent }));
  }
  const live = new Set(after.runs.map(runName));
  for (const run of after.runs) {
    if (profile.runs.includes(run)) continue;
    const { dueAt, ...rest } = run;
    writes.push(
      put({
        ...runKey(after.id, runName(run)),
        // A held run is not due: it goes on when its campaign does.
        ...(run.state !== "held" && due("RUN", after.id, dueAt)),
        run: rest as unknown as JsonObject,
        runDueAt: dueAt,
      }),
    );
  }
  for (const run of profile.runs) {
    const key = runKey(after.id, runName(run));
    if (!live.has(runName(run))) writes.push({ delete: key, if: guard(key.sk) });
  }
  if (wakeAt !== profile.wakeAt) {
    const key = wakeKey(after.id);
    if (wakeAt !== undefined) writes.push(put({ ...key, ...due("WAKE", after.id, wakeAt) }));
    else writes.push({ delete: key, if: guard(key.sk) });
  }
  return writes;
}
