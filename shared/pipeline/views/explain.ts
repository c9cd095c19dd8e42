// Decides how "why did this person get it, or why not" is asked and answered: one campaign, one segment, or all of them.
import type { Campaign } from "../../domain/campaign.ts";
import { closest } from "../../domain/closest.ts";
import { type Instant, iso } from "../../domain/instant.ts";
import { includeRevisions } from "../catalogue-store.ts";
import type { Ports } from "../ports.ts";
import { type CampaignExplanation, campaignExplanation } from "./explain-campaign.ts";
import { type Overview, overviewExplanation } from "./explain-overview.ts";
import { type SegmentExplanation, segmentExplanation } from "./explain-segment.ts";
import { loadStory, type Story } from "./explain-story.ts";

/** What is asked: one campaign or one segment, or everything in short; `at`: another instant than now. */
export type ExplainQuestion = { campaign?: string; segment?: string; at?: Instant };

/** Why there is no explanation. */
export type Unexplained = {
  problem: { code: "no_such_profile" | "no_such_campaign" | "no_such_segment" | "not_known_yet"; message: string };
};

/**
 * The instant that is spoken of. `is`: `past` is what was known then, `future` what comes if nothing else happens.
 * `publication`: the number of the one that was live then, when today another one is.
 */
export type AsOf = { at: string; is: Story["is"]; says: string; publication?: number };

const ABOUT: Record<Story["is"], string> = {
  now: "as things stand",
  past: "what was known then, by the events received up to then; rules and campaigns are today's, recorded decisions and sends are as they were made",
  future: "what comes if nothing else happens until then; the gates are asked with what is known today",
};

/** What every explanation says besides. */
type Base = { now: string; asOf: AsOf; profileId: string; identities: string[] };
export type Explanation =
  | ({ about: "campaign" } & Base & CampaignExplanation)
  | ({ about: "segment" } & Base & SegmentExplanation)
  | ({ about: "profile" } & Base & Overview);

/** Explains; cost: 1 read unit per 4 KB of everything the profile ever did. */
export async function explainView(
  ports: Ports,
  profileId: string,
  question: ExplainQuestion,
): Promise<Explanation | Unexplained> {
  const story = await loadStory(ports, profileId, question.at);
  if (story === undefined) return unexplained("no_such_profile", `There is no profile "${profileId}".`);
  if ("knownSince" in story) {
    const message = `Nothing was known of this profile then: its first event came at ${iso(story.knownSince)}. Ask about a later instant.`;
    return unexplained("not_known_yet", message);
  }
  const base = { now: iso(story.now), asOf: asOfText(story), profileId, identities: story.profile.identities };
  const { segmentById } = story.catalogue;
  if (question.campaign !== undefined) {
    const campaign = await campaignOf(ports, story, question.campaign);
    if (campaign === undefined) return noCampaign(story, question.campaign);
    return { about: "campaign", ...base, ...(await campaignExplanation(ports, story, campaign)) };
  }
  if (question.segment === undefined) return { about: "profile", ...base, ...overviewExplanation(story) };
  const segment = segmentById.get(question.segment);
  if (segment === undefined) {
    const hint = hintOf(question.segment, [...segmentById.keys()], "Segments");
    return unexplained("no_such_segment", `There is no segment "${question.segment}".${hint}`);
  }
  return { about: "segment", ...base, ...segmentExplanation(story, segment) };
}

function asOfText({ at, is, publications, catalogue }: Story): AsOf {
  const then = publications.activeAt(at)?.seq;
  const isOther = then !== undefined && then !== catalogue.seq;
  const live = isOther ? `; publication ${then} was live then` : "";
  return { at: iso(at), is, says: `${ABOUT[is]}${live}`, ...(isOther && { publication: then }) };
}

/** A published campaign, or one that is not published any more in the last revision that this person entered. */
async function campaignOf(ports: Ports, story: Story, id: string): Promise<Campaign | undefined> {
  const { catalogue, entries } = story;
  const published = catalogue.campaigns.get(id);
  if (published !== undefined) return published;
  const revision = entries.findLast((entry) => entry["campaign"] === id)?.["revision"] as string | undefined;
  if (revision === undefined) return undefined;
  await includeRevisions(ports, catalogue, [revision]);
  const entered = catalogue.byRevision.get(revision);
  return entered && { ...entered, status: "archived" };
}

function noCampaign({ catalogue }: Story, id: string): Unexplained {
  const hint = hintOf(id, [...catalogue.campaigns.keys()], "Campaigns");
  return unexplained("no_such_campaign", `There is no campaign "${id}".${hint}`);
}

function unexplained(code: Unexplained["problem"]["code"], message: string): Unexplained {
  return { problem: { code, message } };
}

/** " Did you mean welcome? Campaigns: ..." */
function hintOf(word: string, known: string[], what: string): string {
  const nearest = closest(word, known);
  return `${nearest === undefined ? "" : ` Did you mean ${nearest}?`} ${what}: ${known.join(", ")}.`;
}
