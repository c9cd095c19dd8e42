// Decides what is read of a profile to live its life again: everything in its partition, in one query.
import { isOwnNews, OWN_SOURCE } from "../domain/deciding.ts";
import { type Event, IDENTIFIED } from "../domain/event.ts";
import type { Life } from "../domain/forecast-life.ts";
import type { Instant } from "../domain/instant.ts";
import { PROOF, profilePk } from "./keys.ts";
import { itemsOfRange } from "./pages.ts";
import type { Item, Table } from "./ports.ts";
import type { Proof } from "./records/consent-proof.ts";
import { readEvent, TIME_PASSED } from "./records/event-record.ts";

/** A life as recorded, and what is true of the profile now. */
export type RecordedLife = {
  life: Life;
  memberships: Record<string, Instant>;
  /** Campaigns of its live runs. */
  runs: string[];
};

/** Reads a profile with all its events (1 read unit per 4 KB); entries from `from` on belong to the window. */
export async function readLife(table: Table, profileId: string, from: Instant): Promise<RecordedLife> {
  const recorded: RecordedLife = {
    life: { profileId, events: [], entries: [], said: [] },
    memberships: {},
    runs: [],
  };
  for await (const items of itemsOfRange(table, { pk: profilePk(profileId) }))
    for (const item of items) take(recorded, item, from);
  recorded.life.events.sort(inOrderOfArrival);
  recorded.life.said.sort((a, b) => a.at - b.at);
  return recorded;
}

function take({ life, runs, memberships }: RecordedLife, item: Item, from: Instant): void {
  const { sk } = item;
  if (sk.startsWith("EVENT#")) {
    // Relance's own events mostly follow from the others; those of the window come about anew.
    const event = readEvent(item);
    if ((event.source !== OWN_SOURCE && event.type !== TIME_PASSED) || isOwnNews(event)) life.events.push(event);
  } else if (sk.startsWith("ENTRY#")) {
    const { campaign, enteredAt: at } = item as unknown as { campaign: string; enteredAt: Instant };
    if (at < from) life.entries.push({ name: sk.slice("ENTRY#".length), campaign, at });
  } else if (sk.startsWith("STATE#RUN#")) runs.push((item["run"] as { campaign: string }).campaign);
  else if (sk.startsWith(PROOF)) {
    const proof = item["proof"] as unknown as Proof;
    if (proof.source === undefined) life.said.push(proof);
  } else if (sk === "STATE#PROFILE") Object.assign(memberships, item["memberships"]);
}

/** As a batch is ordered: facts about the person before the rest. */
const inOrderOfArrival = (a: Event, b: Event): number =>
  a.receivedAt - b.receivedAt ||
  a.occurredAt - b.occurredAt ||
  Number(b.type === IDENTIFIED) - Number(a.type === IDENTIFIED) ||
  (a.id < b.id ? -1 : 1);
