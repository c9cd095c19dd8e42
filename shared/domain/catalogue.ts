// Decides what is published as a whole: compiled rules, indexed by what triggers them, with the numbers the shop has computed.
import { type Campaign, compileCampaign } from "./campaign.ts";
import { DEFAULT_SHOP_GAP_DAYS } from "./churn.ts";
import type { Needs } from "./clause.ts";
import { type CounterSpec, mergeSpecs, specText } from "./counter.ts";
import { type Definition, definitionHash } from "./definition.ts";
import { contentHash } from "./hash.ts";
import type { Instant } from "./instant.ts";
import { compileSegment, inOrderOfUse, type Segment, withUsedRules } from "./segment.ts";
import { type Settings, settingsSchema } from "./settings.ts";
import { type Template, templateSchema } from "./template.ts";

/** Numbers computed from the shop's own history; `gaps`: how many gaps between purchase days the mean rests on. */
export type ShopConstants = { gapDays: number; gaps: number; computedAt?: Instant };
export const DEFAULT_CONSTANTS: ShopConstants = { gapDays: DEFAULT_SHOP_GAP_DAYS, gaps: 0 };

/** Since which publication, and which instant, something has been as it is. */
export type Since = { seq: number; at: Instant };

/**
 * How long the rules of segments have been as they are, and campaigns in their state (see `campaignState`), by id. Kept with
 * the active revision.
 */
export type LiveSince = {
  segments: Record<string, Since & { ruleHash: string }>;
  campaigns: Record<string, Since & { state: string }>;
};

export type Catalogue = {
  /** Hash of all definitions together. */
  revision: string;
  /** Rises by one with every publication. */
  seq: number;
  constants: ShopConstants;
  liveSince: LiveSince;
  settings: Settings;
  /** Each after those it uses. */
  segments: Segment[];
  segmentById: Map<string, Segment>;
  /** By id, paused and archived ones included. */
  campaigns: Map<string, Campaign>;
  /** Campaigns that are not archived, by what triggers them: see `triggerKey`. */
  byTrigger: Map<string, Campaign[]>;
  /** Campaigns by revision: the published ones, and older ones that runs and sends still keep. */
  byRevision: Map<string, Campaign>;
  /** Earlier revisions of published campaigns whose runs may wait for events that no published rule counts. */
  earlier: Definition[];
  templates: Map<string, Template>;
  /** What is counted, by event type. */
  counters: Map<string, CounterSpec[]>;
  /** Hash of all counter specs: profiles folded under another one are completed first. */
  countersHash: string;
};

export type PublishedAs = Pick<Catalogue, "revision" | "seq" | "constants"> &
  Partial<Pick<Catalogue, "liveSince" | "earlier">>;

const ALWAYS: LiveSince = { segments: {}, campaigns: {} };

/** Compiles checked definitions. Cost: milliseconds; do it once per revision. */
export function compileCatalogue(definitions: Definition[], as: PublishedAs): Catalogue {
  const needs: Needs = { counters: [], segments: [] };
  const of = (kind: Definition["kind"]) => definitions.filter((definition) => definition.kind === kind);
  const settings = settingsSchema.parse(of("settings")[0]?.body);
  const ordered = inOrderOfUse(of("segment").map((definition) => compileSegment(definition, needs))).ordered;
  const segments = withUsedRules(ordered, settings.timezone);
  const campaigns = of("campaign").map((definition) => compileCampaign(definition, needs));
  const templates = of("template").map((definition) => templateSchema.parse(definition.body));
  const { earlier = [] } = as;
  const older = earlier.map((definition) => compileCampaign(definition, needs));
  const specs = mergeSpecs(needs.counters);
  return {
    liveSince: ALWAYS,
    ...as,
    earlier,
    settings,
    segments,
    segmentById: new Map(segments.map((segment) => [segment.id, segment])),
    campaigns: new Map(campaigns.map((campaign) => [campaign.id, campaign])),
    byTrigger: Map.groupBy(
      campaigns.filter(({ status }) => status !== "archived"),
      triggerKey,
    ),
    byRevision: new Map([...older, ...campaigns].map((campaign) => [campaign.revision, campaign])),
    templates: new Map(templates.map((template) => [template.template, template])),
    counters: Map.groupBy(specs, (spec) => spec.eventType),
    countersHash: contentHash(JSON.stringify(specs.map(specText))),
  };
}

/** What triggers a campaign: an event type, "entered vip", "left vip", or "schedule its-id". */
export function triggerKey({ id, on }: Pick<Campaign, "id" | "on">): string {
  if (on.kind === "event") return on.eventType;
  return on.kind === "segment" ? `${on.change} ${on.segment}` : `schedule ${id}`;
}

/** What a campaign is now, whatever revision a run or send keeps: one that is not published any more is archived. */
export function statusOf(catalogue: Pick<Catalogue, "campaigns">, campaign: string): Campaign["status"] {
  return catalogue.campaigns.get(campaign)?.status ?? "archived";
}

/** What of a campaign concerns profiles that exist already: whether it speaks, and whether it lets in who meets it already. */
export function campaignState(campaign: Campaign): string {
  const { status, entersOnBackfill } = campaign;
  return entersOnBackfill ? `${status}, ${triggerKey(campaign)} on back-fill` : status;
}

/** Edits of one campaign whose runs are heard to the end. */
const MAX_EARLIER = 10;

/**
 * Earlier revisions of campaigns that go on, where their runs may wait for something that is not counted any more: a run
 * keeps its revision to its end, and so must what it waits for be kept.
 */
export function earlierAfter(before: Catalogue | undefined, next: Catalogue): Definition[] {
  if (before === undefined) return [];
  const counted = [...next.counters.values()].flat();
  const isCountedStill = (definition: Definition) => {
    const needs: Needs = { counters: [], segments: [] };
    compileCampaign(definition, needs);
    return (
      mergeSpecs([...counted, ...needs.counters])
        .map(specText)
        .join() === mergeSpecs(counted).map(specText).join()
    );
  };
  const candidates = [...before.earlier, ...[...before.campaigns.values()].map(({ definition }) => definition)];
  const kept = candidates.filter((definition) => {
    const now = next.campaigns.get(definition.id);
    const goesOn = now !== undefined && now.status !== "archived" && now.revision !== definitionHash(definition);
    return goesOn && !isCountedStill(definition);
  });
  return [...Map.groupBy(kept, ({ id }) => id).values()].flatMap((ofOne) => ofOne.slice(-MAX_EARLIER));
}

/** Since when everything in this catalogue is as it is, when it is published at an instant after another one. */
export function liveSinceAfter(before: LiveSince | undefined, next: Catalogue, at: Instant): LiveSince {
  const now = { seq: next.seq, at };
  const segments = next.segments.map(({ id, ruleHash }) => {
    const known = before?.segments[id];
    return [id, known?.ruleHash === ruleHash ? known : { ...now, ruleHash }] as const;
  });
  const campaigns = [...next.campaigns.values()].map((campaign) => {
    const known = before?.campaigns[campaign.id];
    const state = campaignState(campaign);
    return [campaign.id, known?.state === state ? known : { ...now, state }] as const;
  });
  return { segments: Object.fromEntries(segments), campaigns: Object.fromEntries(campaigns) };
}

/** The hash of a set of definitions, whatever their order. */
export function revisionOf(definitions: Definition[]): string {
  return contentHash(definitions.map(definitionHash).sort().join());
}
