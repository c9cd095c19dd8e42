// Decides what is published as a whole: compiled rules, indexed by event type, with the numbers the shop has computed.
import { type Campaign, compileCampaign } from "./campaign.ts";
import { DEFAULT_SHOP_GAP_DAYS } from "./churn.ts";
import type { Needs } from "./clause.ts";
import { type CounterSpec, mergeSpecs } from "./counter.ts";
import { type Definition, definitionHash } from "./definition.ts";
import { contentHash } from "./hash.ts";
import type { Instant } from "./instant.ts";
import { compileSegment, inOrderOfUse, type Segment } from "./segment.ts";
import { type Settings, settingsSchema } from "./settings.ts";
import { type Template, templateSchema } from "./template.ts";

/** Numbers computed from the shop's own history; `gaps`: how many gaps between purchase days the mean rests on. */
export type ShopConstants = { gapDays: number; gaps: number; computedAt?: Instant };
export const DEFAULT_CONSTANTS: ShopConstants = { gapDays: DEFAULT_SHOP_GAP_DAYS, gaps: 0 };

export type Catalogue = {
  /** Hash of all definitions together. */
  revision: string;
  /** Rises by one with every publication. */
  seq: number;
  constants: ShopConstants;
  settings: Settings;
  /** Each after those it uses. */
  segments: Segment[];
  campaigns: Map<string, Campaign>;
  /** Live campaigns by the event type that triggers them. */
  byTrigger: Map<string, Campaign[]>;
  /** Campaigns by revision: the live ones, and older ones that runs and sends still keep. */
  byRevision: Map<string, Campaign>;
  templates: Map<string, Template>;
  /** What is counted, by event type. */
  counters: Map<string, CounterSpec[]>;
  /** Hash of all counter specs: profiles folded under another one are completed first. */
  countersHash: string;
};

/** Compiles checked definitions. Cost: milliseconds; do it once per revision. */
export function compileCatalogue(
  definitions: Definition[],
  as: { revision: string; seq: number; constants: ShopConstants },
): Catalogue {
  const needs: Needs = { counters: [], segments: [] };
  const of = (kind: Definition["kind"]) => definitions.filter((definition) => definition.kind === kind);
  const segments = inOrderOfUse(of("segment").map((definition) => compileSegment(definition, needs))).ordered;
  const campaigns = of("campaign").map((definition) => compileCampaign(definition, needs));
  const templates = of("template").map((definition) => templateSchema.parse(definition.body));
  const specs = mergeSpecs(needs.counters);
  return {
    ...as,
    settings: settingsSchema.parse(of("settings")[0]?.body),
    segments,
    campaigns: new Map(campaigns.map((campaign) => [campaign.id, campaign])),
    byTrigger: Map.groupBy(campaigns, (campaign) => campaign.eventType),
    byRevision: new Map(campaigns.map((campaign) => [campaign.revision, campaign])),
    templates: new Map(templates.map((template) => [template.template, template])),
    counters: Map.groupBy(specs, (spec) => spec.eventType),
    countersHash: contentHash(JSON.stringify(specs.map(({ key, keep }) => [key, keep]))),
  };
}

/** The hash of a set of definitions, whatever their order. */
export function revisionOf(definitions: Definition[]): string {
  return contentHash(definitions.map(definitionHash).sort().join());
}
