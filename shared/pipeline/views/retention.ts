// Decides what is shown of retention: who would be erased now, by opaque id, a page of profiles at a time.
import { iso } from "../../domain/instant.ts";
import { loadCatalogue } from "../catalogue-store.ts";
import { keptSince, overdueIn } from "../erasure/retention.ts";
import { Fault } from "../faults.ts";
import type { WalkCursor } from "../jobs/walk.ts";
import { LIST_SHARDS } from "../keys.ts";
import type { Ports } from "../ports.ts";
import { asToken, ofToken, type PageRequest } from "./paging.ts";

/**
 * A dry run: nothing is changed. `limit` is how many profiles are looked at, and `looked` how many these were, so that a page may
 * have no items and still a next one. Throws the fault `bad_page_token`.
 */
export async function retentionView(ports: Pick<Ports, "table" | "secrets" | "clock">, { limit, next }: PageRequest) {
  const catalogue = await loadCatalogue(ports);
  const { after, automatic } = catalogue.settings.retention;
  const before = keptSince(catalogue, ports.clock.now());
  const cursor = next === undefined ? undefined : cursorOf(next);
  const page = await overdueIn(ports, { catalogue, before }, { limit, ...(cursor && { cursor }) });
  return {
    after,
    automatic,
    before: iso(before),
    looked: page.looked,
    items: page.overdue.map(({ profileId, lastActAt }) => ({ profileId, lastActAt: iso(lastActAt) })),
    ...(page.next !== undefined && { next: tokenOf(page.next) }),
  };
}

export type RetentionView = Awaited<ReturnType<typeof retentionView>>;

const tokenOf = ({ part, after }: WalkCursor) => asToken(after === undefined ? `${part}` : `${part}:${after}`);

function cursorOf(token: string): WalkCursor {
  const match = /^(\d{1,3})(?::(.+))?$/s.exec(ofToken(token) ?? "");
  if (match !== null && Number(match[1]) < LIST_SHARDS)
    return { part: Number(match[1]), ...(match[2] !== undefined && { after: match[2] }) };
  throw new Fault("bad_page_token", "next is not one that an earlier page returned.", { retryable: false });
}
