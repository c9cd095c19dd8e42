// Decides which stop switches are on: read with every batch of sends, and again when that reading has become old.
import type { Instant } from "../domain/instant.ts";
import { SECOND_MS } from "../domain/instant.ts";
import type { Stop, StopState } from "../domain/stop.ts";
import { stopPk } from "./keys.ts";
import { itemsOfRange } from "./pages.ts";
import type { Item, Ports } from "./ports.ts";

/** All switches, as they were when the reading began. */
export type Stops = Omit<StopState, "campaign"> & { readAt: Instant; campaigns: Record<string, Stop> };

/** A claim is issued at most this long after its switches were read. */
export const STOPS_FRESH_MS = 0.5 * SECOND_MS;
/**
 * How long a pause waits before it answers: a worker that read the switches just before may claim for `STOPS_FRESH_MS`, and
 * its transaction may be under way for the rest.
 */
export const PAUSE_GRACE_MS = 3.6 * SECOND_MS;

const CAMPAIGN = "CAMPAIGN#";

/** Reads all switches in one consistent query (1 read unit per 4 KB). */
export async function readStops({ table, clock }: Pick<Ports, "table" | "clock">): Promise<Stops> {
  // Without a prototype: a campaign may be called "constructor".
  const stops: Stops = { readAt: clock.now(), campaigns: Object.create(null) as Stops["campaigns"] };
  for await (const items of itemsOfRange(table, { pk: stopPk })) {
    for (const item of items) {
      if (item.sk.startsWith(CAMPAIGN))
        stops.campaigns[item.sk.slice(CAMPAIGN.length)] = item["stop"] as unknown as Stop;
      else if (item.sk === "ACCOUNT") stops.account = item["stop"] as unknown as Stop;
      else if (item.sk === "PROVIDER") Object.assign(stops, providerIn(item));
      else if (item.sk === "QUOTA") stops.quotaUntil = item["until"] as number;
    }
  }
  return stops;
}

function providerIn(item: Item): Pick<Stops, "provider"> {
  const provider = item["provider"] as unknown as NonNullable<Stops["provider"]> | { state: "open" };
  return provider.state === "open" ? {} : { provider };
}

/** The switches as one campaign's sends see them. */
export function stopStateOf({ campaigns, account, provider, quotaUntil }: Stops, campaign: string): StopState {
  const own = campaigns[campaign];
  return {
    ...(own !== undefined && { campaign: own }),
    ...(account !== undefined && { account }),
    ...(provider !== undefined && { provider }),
    ...(quotaUntil !== undefined && { quotaUntil }),
  };
}

/** Switches that are read anew once their reading is older than `STOPS_FRESH_MS`. */
export function freshStops(ports: Pick<Ports, "table" | "clock">): () => Promise<Stops> {
  let reading: Promise<Stops> | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  return () => {
    const now = ports.clock.now();
    if (reading === undefined || now - readAt >= STOPS_FRESH_MS || now < readAt) {
      readAt = now;
      reading = readStops(ports);
      // What could not be read is read anew by the next one.
      reading.catch(() => {
        reading = undefined;
      });
    }
    return reading;
  };
}
