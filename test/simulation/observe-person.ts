// Decides what the simulation reads from a committed profile, by itself.
import type { Instant } from "../../shared/domain/instant.ts";
import type { Item } from "../../shared/pipeline/ports.ts";
import { noted, type PersonSeen } from "./model.ts";

const textOf = (value: unknown) => (typeof value === "string" && value.trim() !== "" ? value : undefined);

/** The person after a commit; `known`: before it. */
export function personOf(known: PersonSeen | undefined, item: Item, now: Instant): PersonSeen {
  const traits = item["traits"] as Record<string, [unknown, number]>;
  const activity = item["activity"] as PersonSeen["activity"];
  const purchases = activity["purchase.completed"] as [number, number, number] | undefined;
  const email = textOf(traits["email"]?.[0])?.trim().toLowerCase();
  return {
    id: item.pk.slice(8),
    email: noted(known?.email, email?.includes("@") ? email : undefined, now),
    timezone: noted(known?.timezone, textOf(traits["timezone"]?.[0]), now),
    country: noted(known?.country, textOf(traits["country"]?.[0])?.toUpperCase(), now),
    lastPurchaseAt: noted(known?.lastPurchaseAt, purchases?.[2], now),
    consent: known?.consent ?? { now: undefined, before: undefined, since: now },
    activity,
    traits: traits as PersonSeen["traits"],
    memberships: item["memberships"] as Record<string, Instant>,
  };
}
