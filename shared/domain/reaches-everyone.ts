// Decides which definitions reach everyone by the way they are written, whatever is known of people.
import { campaignSchema } from "./campaign.ts";
import type { Definition } from "./definition.ts";
import type { Json } from "./json.ts";

/** Segments and campaigns that leave nobody out: a rule that is always true, a schedule without segment and audience. */
export function alwaysEveryone(definitions: readonly Definition[]): Definition[] {
  return definitions.filter((definition) => {
    const { kind, body } = definition;
    if (kind === "segment") return isAlwaysTrue(body["where"] as Json);
    if (kind !== "campaign") return false;
    const { on, audience, status } = campaignSchema.parse(body);
    const isOpen = audience === undefined || isAlwaysTrue(audience as Json);
    return status !== "archived" && "schedule" in on && on.segment === undefined && isOpen;
  });
}

/** Whether a condition is true by its own words. May miss some, never names one that can be false. */
export function isAlwaysTrue(condition: Json): boolean {
  if (typeof condition !== "object" || condition === null || Array.isArray(condition)) return false;
  const { all, any, bucket, did } = condition;
  if (Array.isArray(all)) return all.every(isAlwaysTrue);
  if (Array.isArray(any)) return any.some(isAlwaysTrue);
  if (bucket !== undefined) return comparisons(condition).every(([key, value]) => holdsForAllLots(key, value));
  return did !== undefined && condition["atLeast"] === 0;
}

const comparisons = ({ bucket: _bucket, ...rest }: { [key: string]: Json }) => Object.entries(rest);

/** Lots are 0 or more, and less than 100. */
function holdsForAllLots(key: string, value: Json): boolean {
  if (key === "gte") return value === 0;
  if (key === "lt" || key === "lte") return value === 100;
  return key === "between" && Array.isArray(value) && value[0] === 0 && value[1] === 100;
}
