// Decides how the checks read what was published: plain bodies of settings and campaigns, by revision, without the product's
// own compiling.
import { revisionOf } from "../../shared/domain/catalogue.ts";
import { type Definition, definitionHash } from "../../shared/domain/definition.ts";
import type { Instant } from "../../shared/domain/instant.ts";
import { resumed, type Variant } from "./catalogues.ts";
import type { Seen } from "./model.ts";

type Cap = { max: number; within: string };
type Hours = { from: string; to: string };

export type SettingsRules = {
  timezone: { default: string; byCountry: Record<string, string> };
  frequencyCap: { marketing: Cap; service?: Cap };
  quietHours: { marketing?: Hours; service?: Hours };
  existingCustomers?: { within: string; countries?: string[] };
  holdout?: number;
  maxPerDay?: number;
  consent?: {
    forms: Record<string, object>;
    systems?: string[];
    basis: Record<"marketing" | "open-tracking", { default: string; byCountry?: Record<string, string> }>;
  };
  softBounces?: { max: number; within: string };
  clickTracking?: boolean;
};
export type StepRules = { id: string; send?: string; wait?: string | { timeout: string } };
export type CampaignRules = {
  campaign: string;
  on: { event?: string; key?: string; entered?: string };
  audience?: object;
  reentry?: string;
  purpose?: string;
  priority?: string;
  sendBefore?: string;
  holdout?: number;
  status?: string;
  maxPerDay?: number;
  steps: StepRules[];
};

export type Rules = { settings: SettingsRules; campaigns: Map<string, CampaignRules> };

/** What a variant may publish: rules and definitions by revision of the whole, and campaigns by their own. */
export type AllRules = {
  byRevision: Map<string, Rules>;
  campaigns: Map<string, CampaignRules>;
  definitions: Map<string, Definition[]>;
};

export function rulesOf({ first, second }: Pick<Variant, "first" | "second">): AllRules {
  const byRevision = new Map<string, Rules>();
  const campaigns = new Map<string, CampaignRules>();
  const known = new Map<string, Definition[]>();
  for (const definitions of [first, second, resumed(first), resumed(second)]) {
    const bodies = definitions.filter(({ kind }) => kind === "campaign");
    for (const one of bodies) campaigns.set(definitionHash(one), one.body as unknown as CampaignRules);
    known.set(revisionOf(definitions), definitions);
    byRevision.set(revisionOf(definitions), {
      settings: (definitions.find(({ kind }) => kind === "settings") as Definition).body as unknown as SettingsRules,
      campaigns: new Map(bodies.map(({ id, body }) => [id, body as unknown as CampaignRules])),
    });
  }
  return { byRevision, campaigns, definitions: known };
}

/** How long a worker may go on with a catalogue that is not active any more. */
const OLD_MS = 40_000;

/** Everything that may have been in force for a worker at an instant. */
export function inForce({ publications }: Pick<Seen, "publications">, rules: AllRules, at: Instant): Rules[] {
  const found: Rules[] = [];
  for (const [index, { revision }] of publications.entries()) {
    const endedAt = publications[index + 1]?.at ?? Number.POSITIVE_INFINITY;
    const known = rules.byRevision.get(revision);
    if (known !== undefined && endedAt >= at - OLD_MS) found.push(known);
  }
  return found;
}

/** What makes a mail of a purpose lawful where somebody lives. */
export function basisOf(
  { consent }: SettingsRules,
  purpose: "marketing" | "open-tracking",
  country: string | undefined,
): string {
  const basis = consent?.basis[purpose];
  return basis?.byCountry?.[country ?? "nowhere"] ?? basis?.default ?? "consent";
}

const UNITS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** "7 days" in milliseconds. */
export function durationMs(text: string): number {
  const [count, unit] = text.split(" ") as [string, string];
  return Number(count) * (UNITS[unit.replace(/s$/, "")] as number);
}
