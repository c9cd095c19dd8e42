// Decides who is held out of a campaign or of all marketing, and which arm of a split somebody is in: by hash, so always the
// same.
import { bucketOf } from "./bucket.ts";
import type { Campaign } from "./campaign.ts";
import type { Arm } from "./run.ts";

/** The arm of an entry. Service mails are nothing to hold out from. `globalHoldout` in percent. */
export function armOf(
  profileId: string,
  { id, holdout, purpose }: Pick<Campaign, "id" | "holdout" | "purpose">,
  globalHoldout: number,
): Arm {
  if (purpose === "service") return "treated";
  if (globalHoldout > 0 && bucketOf(profileId, "holdout") < globalHoldout) return "global-holdout";
  return holdout > 0 && bucketOf(profileId, `holdout ${id}`) < holdout ? "holdout" : "treated";
}

/** The arm of a split: shares are weights, whatever they add up to. */
export function splitArm<A extends { share: number }>(profileId: string, name: string, arms: A[]): A {
  const total = arms.reduce((sum, { share }) => sum + share, 0);
  const at = (bucketOf(profileId, `split ${name}`) / 100) * total;
  let end = 0;
  for (const arm of arms) {
    end += arm.share;
    if (at < end) return arm;
  }
  return arms.at(-1) as A;
}
