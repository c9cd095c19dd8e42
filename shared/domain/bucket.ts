// Decides which number a profile draws by lot: evenly spread over all profiles, always the same for one profile and name.
import { contentHash } from "./hash.ts";

const PARTS = 10_000;
const DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";

/** A number from 0 (included) to 100 (not), in steps of a hundredth. */
export function bucketOf(profileId: string, name: string): number {
  let number = 0;
  for (const letter of contentHash(JSON.stringify([name, profileId])).slice(0, 8))
    number = number * DIGITS.length + DIGITS.indexOf(letter);
  return (number % PARTS) / (PARTS / 100);
}
