// Decides which faults exist: what went wrong in the world, whether trying again can help, never a business outcome.
import type { Instant } from "../domain/instant.ts";

/** Every thrown fault: `code` is stable and machine-readable, `retryable` says whether the same call may succeed later. */
export class Fault extends Error {
  readonly code: string;
  readonly retryable: boolean;
  constructor(code: string, message: string, options: { retryable: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = options.retryable;
  }
}

/** Somebody else wrote, or is writing, the same item: reading again and deciding again helps. */
export abstract class Contention extends Fault {}

/** A single write's condition did not hold. */
export class ConditionFailed extends Contention {
  constructor(options: { cause?: unknown } = {}) {
    super("condition_failed", "The stored item is not as the write expected.", { retryable: true, ...options });
  }
}

/** Why each write of a transaction failed; `none` for those that would have passed. */
export type CancelReason = "none" | "condition" | "conflict" | "throttled" | "other";

/** A transaction was not applied; `reasons` has one entry per write, in order. */
export class TransactionCanceled extends Contention {
  readonly reasons: CancelReason[];
  constructor(reasons: CancelReason[], options: { cause?: unknown } = {}) {
    super("transaction_canceled", `The transaction was not applied (${reasons.join(", ")}).`, {
      retryable: true,
      ...options,
    });
    this.reasons = reasons;
  }
}

/** An item, a page or a transaction is over a limit of the table. Never retryable. */
export class TableLimitExceeded extends Fault {
  constructor(message: string) {
    super("table_limit_exceeded", message, { retryable: false });
  }
}

/** The table, the bus or a queue is throttled or out of reach. */
export class Unavailable extends Fault {
  constructor(what: string, options: { cause?: unknown } = {}) {
    super("unavailable", `${what} did not answer.`, { retryable: true, ...options });
  }
}

/**
 * The mailer said no, and certainly did not send. `throttled` and `quota` (of the day) may pass later, `paused` (the account
 * may not send) and `sandbox` (not to this address yet) when the account's state changes; `rejected` never will.
 */
export type MailRefusal = "throttled" | "quota" | "paused" | "sandbox" | "rejected";

export class MailRefused extends Fault {
  readonly kind: MailRefusal;
  readonly retryAt: Instant | undefined;
  constructor(kind: MailRefusal, message: string, options: { retryAt?: Instant; cause?: unknown } = {}) {
    super(`mail_${kind}`, message, { retryable: kind !== "rejected", cause: options.cause });
    this.kind = kind;
    this.retryAt = options.retryAt;
  }
}
