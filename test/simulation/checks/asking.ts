// Decides what the own gates are asked, and what they may answer.
import type { Instant } from "../../../shared/domain/instant.ts";
import type { Item } from "../../../shared/pipeline/ports.ts";
import type { SendSeen } from "../model.ts";
import type { Rules } from "../rules.ts";
import type { World } from "../stage.ts";

/** One possible word: `reason`, held or refused, by a worker whose clock said `at`. */
export type Asking = {
  world: World;
  send: SendSeen;
  at: Instant;
  rules: Rules;
  reason: string;
  isHold: boolean;
  facts: Facts;
};
export type Facts = {
  people: (Item | undefined)[];
  consents: (string | undefined)[];
  /** Table keys of addresses the profile may have had. */
  addresses: (string | undefined)[];
};
/** `pass`: the gate may have let it through; `object`: it may have said this very word. */
export type May = { pass: boolean; object: boolean };
export type OwnGate = { reasons: readonly string[]; may: (asking: Asking) => May };
