// Decides which faults a seed has and how often: each class is on in half of the seeds, at a rate of its own.
import { seededRandom } from "../../shared/adapters/local/seeded-random.ts";

/** Classes that are switched on per seed, with the range their rates come from. */
const classes = {
  "crash-before": [0.005, 0.35],
  "crash-after": [0.005, 0.35],
  "table-throttled": [0.001, 0.05],
  "table-conflict": [0.002, 0.2],
  "table-answer-lost": [0.001, 0.05],
  "slow-call": [0.005, 0.1],
  "bus-unavailable": [0.01, 0.2],
  "bus-partial": [0.01, 0.3],
  "bus-duplicate": [0.02, 0.4],
  "bus-delayed": [0.02, 0.4],
  "queue-duplicate": [0.02, 0.4],
  "queue-delayed": [0.02, 0.3],
  "queue-reordered": [0.1, 1],
  "pointer-lost": [0.02, 0.5],
  "queue-unavailable": [0.01, 0.1],
  "mail-timeout-accepted": [0.05, 0.7],
  "mail-timeout": [0.03, 0.5],
  "mail-throttled": [0.02, 0.5],
  "mail-quota": [0.01, 0.1],
  "mail-paused": [0.01, 0.1],
  "mail-sandbox": [0.01, 0.1],
  "mail-rejected": [0.01, 0.2],
  "feedback-lost": [0.02, 0.5],
  "feedback-late": [0.05, 0.5],
  "feedback-duplicate": [0.05, 0.5],
  "hard-bounce": [0.02, 0.3],
  "soft-bounce": [0.02, 0.3],
  complaint: [0.02, 0.3],
  "clock-skew": [0.1, 0.6],
  "clock-back": [0.02, 0.3],
  "tick-lost": [0.05, 0.4],
  "tick-twice": [0.05, 0.5],
  "feedback-early": [0.05, 0.5],
  "rejected-later": [0.02, 0.2],
  "delivery-delay": [0.02, 0.2],
  open: [0.05, 0.5],
  "subscription-ended": [0.02, 0.2],
} as const satisfies Record<string, readonly [number, number]>;
export type FaultClass = keyof typeof classes;

/** Reached by what happens, not by a rate. */
const happenings = [
  "worker-timeout",
  "transaction-overlap",
  "condition-failed",
  "dead-letter",
  "redriven",
  "two-revisions",
  "edit",
  "campaign-paused",
  "account-paused",
  "opt-out",
  "erasure",
  "address-changed",
  "late-event",
  "import",
  "malformed-event",
  "client-retry",
  "held-by-switch",
  "held-by-quiet-hours",
  "held-by-cap",
  "held-by-priority",
  "held-by-ceiling",
  "unknown-outcome",
  "claim-given-back",
  "regrant",
  "hush",
  "form",
  "crm-sync",
  "click",
  "machine-click",
  "person-erased",
  "stray-feedback",
] as const;
export type FaultPoint = FaultClass | (typeof happenings)[number];

/** Every fault point; over a run of many seeds none may stay unreached. */
export const faultPoints: readonly string[] = [...Object.keys(classes), ...happenings];

const GENTLE: ReadonlySet<FaultClass> = new Set([
  "table-conflict",
  "slow-call",
  "bus-duplicate",
  "queue-duplicate",
  "queue-reordered",
  "tick-twice",
]);

/** The faults of one seed, and how often each was reached. */
export class Faults {
  readonly reached: Record<string, number> = {};
  readonly #rates = new Map<FaultClass, number>();
  readonly #random: () => number;
  /** No fault any more: what is left can drain. */
  calm = false;

  /** Rates hang on the seed alone; the draws come from the seed's scheduler. */
  constructor(seed: number, random: () => number) {
    this.#random = random;
    const draw = seededRandom(seed ^ 0x5bd1e995);
    for (const [name, [least, most]] of Object.entries(classes)) {
      const [isOn, where] = [draw() < 0.5, draw()];
      if (isOn) this.#rates.set(name as FaultClass, least * (most / least) ** where);
    }
  }

  /** Whether the fault happens here. */
  strikes(name: FaultClass): boolean {
    if (this.calm) return false;
    const rate = this.#rates.get(name);
    if (rate === undefined || this.#random() >= rate) return false;
    this.note(name);
    return true;
  }

  /** Whether the fault is to happen to a worker at some time; noted once it does. */
  wants(name: FaultClass): boolean {
    const rate = this.calm ? undefined : this.#rates.get(name);
    return rate !== undefined && this.#random() < rate;
  }

  /** Only faults that delay nothing by more than some seconds. */
  keepGentle(): void {
    for (const name of this.#rates.keys()) if (!GENTLE.has(name)) this.#rates.delete(name);
  }

  note(name: FaultPoint): void {
    this.reached[name] = (this.reached[name] ?? 0) + 1;
  }
}
