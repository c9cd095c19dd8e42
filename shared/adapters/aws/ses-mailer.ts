// Decides how a finished mail is handed to SES: one call, never repeated, because SES has no idempotency token.
import {
  GetAccountCommand,
  type GetAccountResponse,
  type SESv2Client,
  SendEmailCommand,
  type SendEmailCommandInput,
} from "@aws-sdk/client-sesv2";
import { type Instant, MINUTE_MS } from "../../domain/instant.ts";
import type { ProviderState } from "../../domain/stop.ts";
import { Fault, Unavailable } from "../../pipeline/faults.ts";
import type { Clock, Mail, Mailer, MailQuota } from "../../pipeline/ports.ts";
import { asciiAddress } from "./mail-address.ts";
import { mailRefusal } from "./ses-refusals.ts";
import { suppressedPage } from "./ses-suppression-list.ts";

const QUOTA_MAX_AGE_MS = MINUTE_MS;

/** The mailer on SES; the client must be built with `maxAttempts: 1` (see `awsClients`), which is checked at each send. */
export function sesMailer(options: {
  client: SESv2Client;
  configurationSet: string;
  clock: Pick<Clock, "now">;
}): Mailer {
  const { client, configurationSet, clock } = options;
  let known: { at: Instant; quota: MailQuota } | undefined;
  return {
    async send(mail) {
      if ((await client.config.maxAttempts()) !== 1) {
        throw new Fault("mailer_retries", "The SES client must not retry by itself.", { retryable: false });
      }
      const answer = await client
        .send(new SendEmailCommand(requestOf(mail, configurationSet)))
        .catch((cause: unknown) => {
          throw mailRefusal(cause, { from: asciiAddress(mail.from), now: clock.now() }) ?? cause;
        });
      if (!answer.MessageId) throw new Unavailable("SES", { cause: "accepted without a message id" });
      return { messageId: answer.MessageId };
    },
    async lookup() {
      return "unknowable";
    },
    async quota() {
      const now = clock.now();
      if (known && now - known.at < QUOTA_MAX_AGE_MS) return known.quota;
      known = { at: now, quota: await readQuota(client) };
      return known.quota;
    },
    suppressed: (page) => suppressedPage(client, page),
  };
}

async function readQuota(client: SESv2Client): Promise<MailQuota> {
  const account = await client.send(new GetAccountCommand({})).catch((cause: unknown) => {
    throw new Unavailable("SES", { cause });
  });
  const { MaxSendRate, Max24HourSend = 0, SentLast24Hours = 0 } = account.SendQuota ?? {};
  if (!MaxSendRate) throw new Unavailable("SES", { cause: "the account has no send rate" });
  // SES writes -1 for "no daily limit".
  const perDay = Max24HourSend < 0 ? Number.MAX_SAFE_INTEGER : Max24HourSend;
  return { perSecond: MaxSendRate, perDay, sentToday: SentLast24Hours, state: stateOf(account) };
}

/** Paused by its owner (`SendingEnabled`), or by SES because of its reputation (`EnforcementStatus`). */
function stateOf({ SendingEnabled, EnforcementStatus, ProductionAccessEnabled }: GetAccountResponse): ProviderState {
  if (SendingEnabled === false || EnforcementStatus === "SHUTDOWN") return "paused";
  return ProductionAccessEnabled === false ? "sandbox" : "open";
}

function requestOf(mail: Mail, configurationSet: string): SendEmailCommandInput {
  const text = (data: string) => ({ Data: data, Charset: "UTF-8" });
  return {
    FromEmailAddress: asciiAddress(mail.from),
    Destination: { ToAddresses: [asciiAddress(mail.to)] },
    ...(mail.replyTo !== undefined && { ReplyToAddresses: [asciiAddress(mail.replyTo)] }),
    ConfigurationSetName: configurationSet,
    // Said of every mail, whatever the configuration set says; clicks are Relance's own.
    ConfigurationOverrides: {
      Tracking: { OpenTrackingEnabled: mail.tracksOpens ? "ENABLED" : "DISABLED", ClickTrackingEnabled: "DISABLED" },
    },
    EmailTags: Object.entries({ ...mail.tags, sid: mail.sendId }).map(([Name, Value]) => ({ Name, Value })),
    Content: {
      Simple: {
        Subject: text(mail.subject),
        Body: { Html: text(mail.html), Text: text(mail.text) },
        Headers: Object.entries(mail.headers).map(([Name, Value]) => ({ Name, Value })),
      },
    },
  };
}
