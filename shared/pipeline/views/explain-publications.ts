// Decides which rules recorded decisions are told in: those that were published when the decision was made.
import { type Campaign, compileCampaign } from "../../domain/campaign.ts";
import type { Catalogue } from "../../domain/catalogue.ts";
import type { Definition } from "../../domain/definition.ts";
import type { Instant } from "../../domain/instant.ts";
import { catalogueHistory, definitionsOf, type PastPublication } from "../catalogue-store.ts";
import type { Ports } from "../ports.ts";

/** What was published when. */
export type Publications = {
  /** The publication that was active at an instant; `undefined` before the first one. */
  activeAt(at: Instant): PastPublication | undefined;
  /** A campaign as it was published at an instant; `undefined` when it was not, or that is too long ago to be read. */
  campaignAt(id: string, at: Instant): Campaign | undefined;
};

/** Older ones are not read again: decisions made under them are told without the words of the rule. */
const MOST_REVISIONS = 8;

/**
 * Reads what was published at some instants. Cost: 1 read unit for the history, and for each other revision than the active
 * one 1 per 4 KB of its definitions.
 */
export async function loadPublications(
  ports: Pick<Ports, "table">,
  catalogue: Catalogue,
  instants: readonly Instant[],
): Promise<Publications> {
  const history = await catalogueHistory(ports);
  const activeAt = (at: Instant) => history.find(({ publishedAt }) => publishedAt <= at);
  const asked = new Set(instants.map((at) => activeAt(at)?.revision));
  const revisions = [...new Set(history.map(({ revision }) => revision))].filter(
    (revision) => revision !== catalogue.revision && asked.has(revision),
  );
  const definitions = new Map<string, Definition[]>();
  for (const revision of revisions.slice(0, MOST_REVISIONS))
    definitions.set(revision, (await definitionsOf(ports, revision)) ?? []);
  return {
    activeAt,
    campaignAt: (id, at) => {
      const revision = activeAt(at)?.revision;
      if (revision === undefined || revision === catalogue.revision) return catalogue.campaigns.get(id);
      const found = definitions.get(revision)?.find((one) => one.kind === "campaign" && one.id === id);
      return found && compileCampaign(found, { counters: [], segments: [] });
    },
  };
}
