// Decides what an explanation rests on: one person's whole story as of an instant, past, present or future.
import type { Catalogue } from "../../domain/catalogue.ts";
import { type Consent, consentsAfter } from "../../domain/consent.ts";
import { eventSk, isOwnNews, OWN_SOURCE } from "../../domain/deciding.ts";
import { type Event, IDENTIFIED } from "../../domain/event.ts";
import type { Instant } from "../../domain/instant.ts";
import { newProfile, type Profile } from "../../domain/profile.ts";
import { type Moment, occurrencesOf, replay } from "../../domain/replay.ts";
import { type Run, runName } from "../../domain/run.ts";
import { earliest } from "../../domain/verdict.ts";
import { includeRevisions, loadCatalogue } from "../catalogue-store.ts";
import { completeCounters } from "../complete-counters.ts";
import { profilePk } from "../keys.ts";
import { itemsOfRange } from "../pages.ts";
import type { Item, Ports } from "../ports.ts";
import { readProofs } from "../records/consent-proof.ts";
import type { EntryItem } from "../records/entry-record.ts";
import { type EventRecord, readEvent } from "../records/event-record.ts";
import { readSend, type SendRecord } from "../records/send-record.ts";
import { loadState } from "../records/state.ts";
import { readStops, type Stops } from "../stop-state.ts";
import { loadPublications, type Publications } from "./explain-publications.ts";

/**
 * Everything known of a profile at `at`. `is`: `now` as it is stored; `past` its events received by then lived again under
 * today's rules, beside what was recorded by then; `future` what time alone brings, told in `ahead`.
 */
export type Story = {
  catalogue: Catalogue;
  now: Instant;
  at: Instant;
  is: "now" | "past" | "future";
  profile: Profile;
  /** Recorded by then, in order of when they happened, with the decisions they led to. */
  events: EventRecord[];
  sends: SendRecord[];
  /** Entries into campaigns, oldest first; what ended later has not ended yet. */
  entries: EntryItem[];
  ahead: Moment[];
  publications: Publications;
  /** Today's switches. */
  stops: Stops;
};

/** Ends a replay that would never come to an end by itself: most decisions beside those that events and schedules ask for. */
const MOST_BY_TIME = 10_000;

/**
 * Reads a person's story (1 read unit per 4 KB of all their events and sends). `undefined`: there is no such profile;
 * `{ knownSince }`: nothing had been received of it by then.
 */
export async function loadStory(
  ports: Ports,
  profileId: string,
  askedAt: Instant | undefined,
): Promise<Story | { knownSince: Instant } | undefined> {
  const [catalogue, state, stops] = await Promise.all([
    loadCatalogue(ports),
    loadState(ports, profileId),
    readStops(ports),
  ]);
  if (state === undefined) return undefined;
  const now = ports.clock.now();
  const at = askedAt ?? now;
  const recorded = await readRecorded(ports, profileId);
  const known = asOf(recorded, at);
  const decidedAt = known.events.flatMap(({ judgements, receivedAt }) => (judgements ? [receivedAt] : []));
  const publications = await loadPublications(ports, catalogue, decidedAt);
  const base = { catalogue, now, at, ...known, ahead: [], publications, stops };
  if (at < now) {
    const outside = known.events.filter(isFromOutside);
    if (outside.length > 0)
      return { ...base, is: "past", profile: livedAgain(outside, { ...base, stored: state.profile }) };
    const first = earliest(recorded.events.filter(isFromOutside).map(({ receivedAt }) => receivedAt));
    return { knownSince: first ?? state.profile.createdAt };
  }
  const runs = state.profile.runs.map(({ revision }) => revision);
  await includeRevisions(ports, catalogue, runs);
  const isCounted = state.profile.foldedBy.counters === catalogue.countersHash;
  const profile = isCounted ? state.profile : await completeCounters(ports, state.profile, catalogue);
  return at === now ? { ...base, is: "now", profile } : { ...base, is: "future", ...livedOn(profile, base) };
}

/** Relance's own events follow from the others, but for what became of mails. */
const isFromOutside = (event: EventRecord) => event.source !== OWN_SOURCE || isOwnNews(event);

/** `said`: words on consent that no event tells. */
type Recorded = Pick<Story, "events" | "sends" | "entries"> & { said: Consent[] };

async function readRecorded(ports: Ports, profileId: string): Promise<Recorded> {
  const pk = profilePk(profileId);
  const [events, sends, entries, proofs] = await Promise.all([
    all(ports, { pk, prefix: "EVENT#" }, readEvent),
    all(ports, { pk, prefix: "SEND#" }, readSend),
    all(ports, { pk, prefix: "ENTRY#" }, (item) => item as EntryItem),
    readProofs(ports, profileId),
  ]);
  const said = proofs.filter(({ source }) => source === undefined);
  return { events, sends, entries: entries.sort((a, b) => enteredAt(a) - enteredAt(b)), said };
}

/** What had been recorded by an instant. */
function asOf({ events, sends, entries, said }: Recorded, at: Instant): Recorded {
  return {
    events: events.filter(({ receivedAt }) => receivedAt <= at),
    sends: sends.filter(({ send }) => send.intendedAt <= at).map((record) => sendAsOf(record, at)),
    entries: entries.filter((entry) => enteredAt(entry) <= at).map((entry) => entryAsOf(entry, at)),
    said: said.filter((consent) => consent.at <= at),
  };
}

async function all<T>(
  { table }: Pick<Ports, "table">,
  range: { pk: string; prefix: string },
  read: (item: Item) => T,
): Promise<T[]> {
  const found: T[] = [];
  for await (const page of itemsOfRange(table, range)) found.push(...page.map(read));
  return found;
}

const enteredAt = (entry: EntryItem) => entry["enteredAt"] as Instant;

function entryAsOf(entry: EntryItem, at: Instant): EntryItem {
  if (entry.endedAt === undefined || entry.endedAt <= at) return entry;
  const { endedAt: _endedAt, reason: _reason, ...open } = entry;
  return open as EntryItem;
}

/** A ledger keeps its last word only: before it was spoken, the send was waiting to be judged. */
function sendAsOf(record: SendRecord, at: Instant): SendRecord {
  const { send, ledger } = record;
  const feedback = Object.entries(ledger.feedback ?? {}).filter(([, saidAt]) => saidAt <= at);
  const { feedback: _feedback, ...word } = ledger;
  const known = ledger.at <= at ? word : { state: "PENDING" as const, at: send.intendedAt, attempts: 0 };
  return { ...record, ledger: { ...known, ...(feedback.length > 0 && { feedback: Object.fromEntries(feedback) }) } };
}

type Then = Pick<Story, "catalogue" | "at"> & Omit<Recorded, "sends"> & { stored: Profile };

/**
 * Lives the events received by then, in the order in which they were worked on. What was known follows from them; who had
 * entered which campaign is a matter of record, since campaigns may have been others then.
 */
function livedAgain(outside: Event[], { catalogue, at, stored, events, entries, said }: Then): Profile {
  const ordered = outside.toSorted(
    (a, b) =>
      a.receivedAt - b.receivedAt ||
      a.occurredAt - b.occurredAt ||
      Number(b.type === IDENTIFIED) - Number(a.type === IDENTIFIED) ||
      (a.id < b.id ? -1 : 1),
  );
  const first = ordered[0] as Event;
  const foldedBy = { counters: catalogue.countersHash, seq: catalogue.seq };
  const start = newProfile(stored.id, first.late ? first.receivedAt : first.occurredAt, foldedBy);
  const born = { ...start, createdAt: first.occurredAt };
  const { end } = live(born, ordered, { catalogue, from: first.receivedAt, until: at, said });
  return {
    ...end,
    identities: stored.identities,
    consents: consentsAfter(end.consents, said, at),
    entries: Object.fromEntries(entries.map((entry) => [entry["campaign"], enteredAt(entry)])),
    runs: end.runs.filter((run) => isRecorded(run, { events, entries })),
  };
}

function isRecorded(run: Run, { events, entries }: Pick<Story, "events" | "entries">): boolean {
  if (run.state !== "settling")
    return entries.some(({ sk, endedAt }) => sk === `ENTRY#${runName(run)}` && endedAt === undefined);
  const judged = events.find((event) => eventSk(event) === run.cause.sk)?.judgements ?? [];
  return judged.some(({ campaign }) => campaign === run.campaign);
}

/** Nothing arrives any more; only time passes. */
function livedOn(profile: Profile, { catalogue, now, at }: Pick<Story, "catalogue" | "now" | "at">) {
  const { end, moments } = live(profile, [], { catalogue, from: now, until: at });
  return { profile: end, ahead: moments };
}

/** `said`: what no event tells of the span. */
type Span = { catalogue: Catalogue; from: Instant; until: Instant; said?: Consent[] };

function live(start: Profile, events: Event[], { catalogue, from, until, said = [] }: Span) {
  const occurrences = occurrencesOf(catalogue, from, until);
  const most = MOST_BY_TIME + events.length + occurrences.length;
  const moments: Moment[] = [];
  for (const moment of replay(start, events, { catalogue, until, occurrences, said })) {
    moments.push(moment);
    if (moments.length === most) break;
  }
  return { end: moments.at(-1)?.decided.profile ?? start, moments };
}
