// Decides which SES errors are a definite no, certainly without a mail having left; every other error is an unknown outcome.
import { HOUR_MS, type Instant, MINUTE_MS } from "../../domain/instant.ts";
import { MailRefused } from "../../pipeline/faults.ts";

const THROTTLED = new Set(["TooManyRequestsException", "ThrottlingException", "Throttling", "ThrottledException"]);
const PAUSED = new Set(["AccountSuspendedException", "SendingPausedException"]);
/** The set-up does not allow it now. Once that is put right the same mail can go. */
const NOT_NOW = new Set(["MailFromDomainNotVerifiedException", "NotFoundException", "CredentialsProviderError"]);
/** The connection was never made, so no request was sent. */
const NEVER_CONNECTED = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"]);
/** What the SDK's TimeoutError says when it waited for the connection, not for an answer. */
const NOT_ESTABLISHED = /did not establish a connection with the server/;

/**
 * Turns what the SDK threw into `MailRefused` when SES certainly did not take the mail, else `undefined`. `from`: the
 * mail's sender.
 */
export function mailRefusal(cause: unknown, { from, now }: { from: string; now: Instant }): MailRefused | undefined {
  if (!(cause instanceof Error)) return undefined;
  const { name, message } = cause;
  const status = statusOf(cause);
  if (THROTTLED.has(name) || status === 429 || name === "LimitExceededException") {
    // Documented texts: "Maximum sending rate exceeded" and "Daily message quota exceeded" (or "Daily sending quota …").
    const isDaily = name === "LimitExceededException" || /daily (?:message|sending) quota/i.test(message);
    return isDaily ? refused("quota", cause, now + HOUR_MS) : refused("throttled", cause);
  }
  const isUnconnected = NEVER_CONNECTED.has(textAt(cause, "code")) || NOT_ESTABLISHED.test(message);
  if (isUnconnected) return refused("throttled", cause);
  if (PAUSED.has(name)) return refused("paused", cause);
  const isUnverified = name === "MessageRejected" && /not verified/i.test(message);
  if (isUnverified && !names(message, from)) return refused("sandbox", cause);
  if (isUnverified || NOT_NOW.has(name) || status === 401 || status === 403)
    return refused("quota", cause, now + 15 * MINUTE_MS);
  // 408 says that the request was not read in time, which is not a verdict on the mail.
  if (status !== undefined && status >= 400 && status < 500 && status !== 408) return refused("rejected", cause);
  return undefined;
}

/**
 * "Email address is not verified. The following identities failed the check in region EU-WEST-1: a@x.example, ...": in the
 * sandbox those are recipients; a sender among them is a set-up that is not finished.
 */
function names(message: string, sender: string): boolean {
  const mailbox = (/<([^<>]+)>\s*$/.exec(sender)?.[1] ?? sender).trim().toLowerCase();
  return message.toLowerCase().includes(mailbox);
}

/** The message carries the error's name only: SES repeats addresses in its texts, and logs must not hold them. */
function refused(kind: MailRefused["kind"], cause: Error, retryAt?: Instant): MailRefused {
  return new MailRefused(kind, `SES: ${cause.name}`, { cause, ...(retryAt !== undefined && { retryAt }) });
}

function statusOf(error: Error): number | undefined {
  const metadata: unknown = "$metadata" in error ? error.$metadata : undefined;
  if (typeof metadata !== "object" || metadata === null || !("httpStatusCode" in metadata)) return undefined;
  return typeof metadata.httpStatusCode === "number" ? metadata.httpStatusCode : undefined;
}

function textAt(error: Error, field: "code"): string {
  return field in error && typeof error[field] === "string" ? error[field] : "";
}
