// Guarantees about mail on the wire: what SES is told, and which of its answers are a definite no.
import { describe, expect, test } from "vitest";
import { sesMailer } from "../../shared/adapters/aws/ses-mailer.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import type { ProviderState } from "../../shared/domain/stop.ts";
import { type MailRefusal, MailRefused } from "../../shared/pipeline/faults.ts";
import type { Mail, Mailer } from "../../shared/pipeline/ports.ts";
import { clientsOf, fakeAws, type Reply, type Seen } from "./fake-aws.ts";

const NOW = Date.UTC(2026, 10, 22, 9);

const UNVERIFIED = "Email address is not verified. The following identities failed the check in region EU-WEST-3:";

const aMail: Mail = {
  sendId: "snd_1",
  from: "Crème Shop <news@shop.example>",
  to: "ana@bücher.example",
  replyTo: "help@shop.example",
  subject: "Voilà",
  html: "<p>Bonjour</p>",
  text: "Bonjour",
  headers: { "List-Unsubscribe": "<https://x.example/u/1>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" },
  tags: { sid: "snd_1", pid: "pro_1" },
  tracksOpens: false,
};

async function aMailer(reply: Reply): Promise<{ mailer: Mailer; seen: Seen[] }> {
  const { clients, seen } = await fakeAws(() => reply);
  return { mailer: sesMailer({ client: clients.mail, configurationSet: "relance", clock: { now: () => NOW } }), seen };
}

async function outcomeOf(reply: Reply): Promise<{ error: unknown; calls: number }> {
  const { mailer, seen } = await aMailer(reply);
  const error: unknown = await mailer.send(aMail).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  return { error, calls: seen.length };
}

describe("an accepted mail", () => {
  test("carries headers, tags and the configuration set, and returns the id SES gave it", async () => {
    const { mailer, seen } = await aMailer({ body: { MessageId: "ses-1" } });
    expect(await mailer.send(aMail)).toEqual({ messageId: "ses-1" });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ method: "POST", path: "/v2/email/outbound-emails" });
    expect(seen[0]?.body).toEqual({
      FromEmailAddress: "=?utf-8?B?Q3LDqG1lIFNob3A=?= <news@shop.example>",
      Destination: { ToAddresses: ["ana@xn--bcher-kva.example"] },
      ReplyToAddresses: ["help@shop.example"],
      ConfigurationSetName: "relance",
      ConfigurationOverrides: { Tracking: { OpenTrackingEnabled: "DISABLED", ClickTrackingEnabled: "DISABLED" } },
      EmailTags: [
        { Name: "sid", Value: "snd_1" },
        { Name: "pid", Value: "pro_1" },
      ],
      Content: {
        Simple: {
          Subject: { Data: "Voilà", Charset: "UTF-8" },
          Body: { Html: { Data: "<p>Bonjour</p>", Charset: "UTF-8" }, Text: { Data: "Bonjour", Charset: "UTF-8" } },
          Headers: [
            { Name: "List-Unsubscribe", Value: "<https://x.example/u/1>" },
            { Name: "List-Unsubscribe-Post", Value: "List-Unsubscribe=One-Click" },
          ],
        },
      },
    });
  });

  test("is watched being opened only where it says so, whatever the configuration set says", async () => {
    const { mailer, seen } = await aMailer({ body: { MessageId: "ses-1" } });
    await mailer.send({ ...aMail, tracksOpens: true });
    expect(seen[0]?.body).toMatchObject({
      ConfigurationOverrides: { Tracking: { OpenTrackingEnabled: "ENABLED", ClickTrackingEnabled: "DISABLED" } },
    });
  });

  test("cannot be asked for afterwards", async () => {
    const { mailer, seen } = await aMailer({});
    expect(await mailer.lookup("snd_1")).toBe("unknowable");
    expect(seen).toHaveLength(0);
  });
});

describe("a definite no", () => {
  test.each<[string, Reply, MailRefusal]>([
    [
      "the send rate is exceeded",
      { status: 429, error: "TooManyRequestsException", body: { message: "Maximum sending rate exceeded" } },
      "throttled",
    ],
    [
      "the service throttles",
      { error: "ThrottlingException", body: { message: "Maximum sending rate exceeded." } },
      "throttled",
    ],
    [
      "the daily quota is used up",
      { error: "ThrottlingException", body: { message: "Daily message quota exceeded." } },
      "quota",
    ],
    ["a limit is reached", { error: "LimitExceededException" }, "quota"],
    ["sending is paused", { error: "SendingPausedException" }, "paused"],
    ["the account is suspended for good", { error: "AccountSuspendedException" }, "paused"],
    ["the configuration set is missing", { status: 404, error: "NotFoundException" }, "quota"],
    ["the role has no right", { status: 403, error: "AccessDeniedException" }, "quota"],
    [
      "the account is in the sandbox and the recipient is not verified",
      { error: "MessageRejected", body: { message: `${UNVERIFIED} ana@bücher.example` } },
      "sandbox",
    ],
    [
      "the sender is not verified, which is a set-up that is not finished",
      { error: "MessageRejected", body: { message: `${UNVERIFIED} ana@bücher.example, News@shop.example` } },
      "quota",
    ],
    ["the message is refused", { error: "MessageRejected", body: { message: "Illegal content" } }, "rejected"],
    ["the request is wrong", { error: "BadRequestException" }, "rejected"],
    ["an unknown 4xx comes back", { status: 418, error: "SomethingNew" }, "rejected"],
  ])("when %s", async (_, reply, kind) => {
    const { error, calls } = await outcomeOf(reply);
    expect(error).toBeInstanceOf(MailRefused);
    expect(error).toMatchObject({ kind, retryable: kind !== "rejected" });
    expect(calls).toBe(1);
  });

  test("does not repeat the address SES names in its answer", async () => {
    const { error } = await outcomeOf({
      error: "MessageRejected",
      body: { message: "Not verified: ana@shop.example" },
    });
    expect(String(error)).not.toContain("ana@");
  });

  test("says when a quota may be free again", async () => {
    const { error } = await outcomeOf({
      error: "ThrottlingException",
      body: { message: "Daily message quota exceeded" },
    });
    expect(error).toMatchObject({ retryAt: NOW + 3_600_000 });
  });

  test("when no connection could be made", async () => {
    const client = clientsOf("http://127.0.0.1:1").mail;
    const mailer = sesMailer({ client, configurationSet: "relance", clock: { now: () => NOW } });
    await expect(mailer.send(aMail)).rejects.toMatchObject({ code: "mail_throttled" });
  });
});

describe("an unknown outcome", () => {
  test.each<[string, Reply]>([
    ["a server error", { status: 500, error: "InternalServiceErrorException" }],
    ["an unavailable service", { status: 503 }],
    ["a request that was not read in time", { status: 408, error: "RequestTimeout" }],
    ["a dropped connection", "reset"],
    ["no answer in time", "silence"],
    ["an answer without a message id", { body: {} }],
  ])("is thrown as it is after one call: %s", async (_, reply) => {
    const { error, calls } = await outcomeOf(reply);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(MailRefused);
    expect(calls).toBe(1);
  });
});

describe("the mailer", () => {
  test("refuses a client that would repeat a call by itself, before anything is sent", async () => {
    const { clients, seen } = await fakeAws(() => ({}));
    clients.mail.config.maxAttempts = async () => 3;
    const mailer = sesMailer({ client: clients.mail, configurationSet: "relance", clock: { now: () => NOW } });
    await expect(mailer.send(aMail)).rejects.toMatchObject({ code: "mailer_retries" });
    expect(seen).toHaveLength(0);
  });

  test("asks for the quota once a minute", async () => {
    let now = NOW;
    const SendQuota = { MaxSendRate: 14, Max24HourSend: 50_000, SentLast24Hours: 20 };
    const { clients, seen } = await fakeAws(() => ({ body: { SendQuota } }));
    const mailer = sesMailer({ client: clients.mail, configurationSet: "relance", clock: { now: () => now } });
    expect(await mailer.quota()).toEqual({ perSecond: 14, perDay: 50_000, sentToday: 20, state: "open" });
    now += 59_999;
    await mailer.quota();
    expect(seen).toHaveLength(1);
    now += 1;
    await mailer.quota();
    expect(seen).toHaveLength(2);
  });

  test.each<[string, JsonObject, ProviderState]>([
    ["open", { SendingEnabled: true, EnforcementStatus: "HEALTHY", ProductionAccessEnabled: true }, "open"],
    ["under review", { SendingEnabled: true, EnforcementStatus: "PROBATION", ProductionAccessEnabled: true }, "open"],
    ["paused by its owner", { SendingEnabled: false, ProductionAccessEnabled: true }, "paused"],
    ["paused by SES", { SendingEnabled: true, EnforcementStatus: "SHUTDOWN" }, "paused"],
    ["in the sandbox", { SendingEnabled: true, ProductionAccessEnabled: false }, "sandbox"],
    ["paused in the sandbox", { SendingEnabled: false, ProductionAccessEnabled: false }, "paused"],
  ])("tells that an account is %s", async (_, account, state) => {
    const { mailer } = await aMailer({ body: { SendQuota: { MaxSendRate: 1, Max24HourSend: 200 }, ...account } });
    expect((await mailer.quota()).state).toBe(state);
  });

  test("takes an answer without a send rate for none", async () => {
    const { mailer } = await aMailer({ body: { SendQuota: { Max24HourSend: 200, SentLast24Hours: 0 } } });
    await expect(mailer.quota()).rejects.toMatchObject({ code: "unavailable", retryable: true });
  });

  test("knows an account without a daily limit", async () => {
    const { mailer } = await aMailer({
      body: { SendQuota: { MaxSendRate: 14, Max24HourSend: -1, SentLast24Hours: 0 } },
    });
    expect((await mailer.quota()).perDay).toBe(Number.MAX_SAFE_INTEGER);
  });
});
