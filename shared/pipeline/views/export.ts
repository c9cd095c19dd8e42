// Decides what a person gets who asks for everything that is kept of them: one JSON, in words where numbers tell nothing.
import { iso } from "../../domain/instant.ts";
import type { JsonObject } from "../../domain/json.ts";
import type { Ledger } from "../../domain/send.ts";
import type { Ports } from "../ports.ts";
import { type Proof, readProofs } from "../records/consent-proof.ts";
import { readEntry } from "../records/entry-record.ts";
import { auditAbout } from "./audit.ts";
import { decisionsOn } from "./explain-decisions.ts";
import { loadStory, type Story } from "./explain-story.ts";
import { addressesOf, addressView } from "./export-addresses.ts";
import { sendView } from "./send-view.ts";
import { eventView, profileView } from "./timeline.ts";

/**
 * Everything of one person: who sources say they are, traits, consents with their proofs, every event with what was decided
 * because of it, every mail and why it left or did not, what is known of the addresses, and who of the company did what about
 * them, or about their address. `undefined` when there is no such profile. Cost: one read unit per 4 KB of all of it.
 */
export async function exportPerson(ports: Ports, profileId: string): Promise<JsonObject | undefined> {
  const story = await loadStory(ports, profileId, undefined);
  const view = await profileView(ports, profileId);
  if (story === undefined || !("profile" in story) || view === undefined) return undefined;
  const { profile, catalogue, now } = story;
  const { consents: _said, suppressions: _closed, optOuts: _optOuts, ...known } = view;
  const addresses = await addressesOf(ports, story);
  const views = await Promise.all(
    addresses.map(async (one) => ({ isCurrent: one.isCurrent, view: await addressView(ports, one, story) })),
  );
  const current = views.find(({ isCurrent }) => isCurrent)?.view;
  const earlier = views.flatMap(({ isCurrent, view }) => (isCurrent ? [] : [view]));
  const everything = {
    exportedAt: iso(now),
    shop: catalogue.settings.shop.name,
    person: known,
    consents: {
      now: Object.values(profile.consents).map(wordView),
      history: (await readProofs(ports, profileId)).map(wordView),
    },
    events: eventsOf(story),
    campaigns: story.entries.map((entry) => ({ campaign: entry["campaign"], ...readEntry(entry) })),
    mails: story.sends.map((record) => ({ ...sendView(record, { now }), ...clicksOf(record.ledger) })),
    ...(current !== undefined && { address: current }),
    ...(earlier.length > 0 && { earlierAddresses: earlier }),
    acts: await auditAbout(ports, [profileId, ...addresses.map(({ pk }) => pk)]),
  };
  return JSON.parse(JSON.stringify(everything)) as JsonObject;
}

function wordView({ at, saidAt, ...word }: Proof) {
  return { ...word, at: iso(at), ...(saidAt !== undefined && { saidAt: iso(saidAt) }) };
}

function eventsOf(story: Story) {
  return story.events.map((event) => {
    const { decisions: _judged, ...view } = eventView(event);
    const decisions = decisionsOn(story, event);
    return { ...view, ...(decisions.length > 0 && { decisions }) };
  });
}

/** The clicks in a mail that are kept to tell whose they were. */
const clicksOf = ({ clicks }: Ledger) =>
  clicks && { clicks: clicks.map(({ at, link, sign }) => ({ at: iso(at), link, ...(sign && { sign }) })) };
