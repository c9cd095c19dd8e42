// Decides which fault an error of DynamoDB is: what did not hold, what was over a limit, what may pass when tried again.
import {
  type CancelReason,
  ConditionFailed,
  Fault,
  TableLimitExceeded,
  TransactionCanceled,
  Unavailable,
} from "../../pipeline/faults.ts";

type AwsError = {
  name?: string;
  message?: string;
  CancellationReasons?: { Code?: string; Message?: string }[];
  $fault?: string;
};

const REASONS: Record<string, CancelReason> = {
  None: "none",
  ConditionalCheckFailed: "condition",
  TransactionConflict: "conflict",
  ThrottlingError: "throttled",
  ProvisionedThroughputExceeded: "throttled",
};

/** Codes of whole requests that were cut off by load, not by their content. */
const THROTTLED = new Set([
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "ThrottlingException",
  "ThrottledException",
  "TransactionInProgressException",
]);

/** Turns what the document client threw into a fault; faults pass unchanged. */
export function dynamoFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const { name = "", message = "", CancellationReasons: reasons = [], $fault } = error as AwsError;
  const cause = error;
  if (name === "ConditionalCheckFailedException") return new ConditionFailed({ cause });
  if (name === "TransactionConflictException") return new TransactionCanceled(["conflict"], { cause });
  if (name === "TransactionCanceledException") return canceled(reasons, cause);
  if (name === "ValidationException") return new TableLimitExceeded(message);
  if (THROTTLED.has(name)) return new Unavailable("The table", { cause });
  // A client fault of another name (no such table, no right) will not pass by itself; a marshalling error neither.
  if ($fault === "client" || /MAX_SAFE_INTEGER|marshall|Unsupported type|Special numeric/i.test(message)) {
    return new Fault("table_refused", `The table refused the request: ${name}: ${message}`, {
      retryable: false,
      cause,
    });
  }
  return new Unavailable("The table", { cause });
}

function canceled(reasons: { Code?: string; Message?: string }[], cause: unknown): Fault {
  const invalid = reasons.find(({ Code }) => Code === "ValidationError");
  if (invalid) return new TableLimitExceeded(invalid.Message ?? "A write of the transaction is not valid.");
  return new TransactionCanceled(
    reasons.map(({ Code = "None" }) => REASONS[Code] ?? "other"),
    { cause },
  );
}
