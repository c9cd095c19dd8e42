// Decides how a life is drawn: chances, picks and times from one seeded source.
import { seededRandom } from "../../shared/adapters/local/seeded-random.ts";

/** What is drawn hangs on the seed and on the order of drawing alone. */
export class Drawn {
  readonly random: () => number;
  constructor(seed: number) {
    this.random = seededRandom(seed ^ 0x2545f491);
  }
  chance = (p: number) => this.random() < p;
  pick = (n: number) => Math.floor(this.random() * n);
  oneOf = <T>(of: readonly T[]): T => of[this.pick(of.length)] as T;
  /** Spread evenly over orders of magnitude. */
  between = (least: number, most: number) => Math.round(least * (most / least) ** this.random());
}
