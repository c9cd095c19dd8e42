// Decides what the local mailer promises: every accepted call is kept and known, and the mailbox simulator answers.
import { describe, expect, onTestFinished, test } from "vitest";
import { simulatedMailboxes } from "../../shared/adapters/local/ses-feedback.ts";
import { SqliteOutbox } from "../../shared/adapters/local/sqlite-outbox.ts";
import { openSqliteStore } from "../../shared/adapters/local/sqlite-store.ts";
import { type Feedback, feedbackKinds } from "../../shared/domain/feedback.ts";
import type { Json } from "../../shared/domain/json.ts";
import type { ProviderState } from "../../shared/domain/stop.ts";
import { MailRefused } from "../../shared/pipeline/faults.ts";
import { parseFeedback } from "../../shared/pipeline/parse-feedback.ts";
import type { Mail } from "../../shared/pipeline/ports.ts";
import { aFolder } from "../support/local-folder.ts";
import { fixedClock } from "../support/manual-time.ts";

const NOW = Date.parse("2026-03-01T08:00:00Z");

function aMail(changes: Partial<Mail> = {}): Mail {
  return {
    sendId: "s1",
    from: "Shop <shop@example.com>",
    to: "ada@example.com",
    subject: "Hello",
    html: "<p>Hello</p>",
    tracksOpens: false,
    text: "Hello",
    headers: { "List-Unsubscribe": "<https://example.com/u/1>" },
    tags: { sid: "s1", pid: "p1" },
    ...changes,
  };
}

type Quota = { perSecond: number; perDay: number; state?: ProviderState };

function open(options: { quota?: Quota; folder?: string } = {}) {
  const store = openSqliteStore(options.folder ?? aFolder());
  onTestFinished(() => store.close());
  const clock = fixedClock(NOW);
  const feedback: Json[] = [];
  const outbox = new SqliteOutbox(store, {
    clock,
    feedback: (body) => feedback.push(body),
    ...(options.quota && { quota: options.quota }),
  });
  const events = () => feedback.map((body) => JSON.parse((body as { Message: string }).Message));
  return { store, clock, outbox, feedback, events };
}

describe("the local mailer", () => {
  test("keeps an accepted mail and knows that it was accepted", async () => {
    const { outbox, feedback } = open();
    expect(await outbox.lookup("s1")).toBe("not-accepted");
    const { messageId } = await outbox.send(aMail());
    expect(await outbox.lookup("s1")).toBe("accepted");
    expect(outbox.list()).toEqual({ items: [{ ...aMail(), messageId, at: NOW }] });
    expect(feedback).toEqual([]);
  });

  test("a second call for the same send is kept too, so that it can be counted", async () => {
    const { outbox } = open();
    await outbox.send(aMail());
    expect(outbox.sentTwice()).toEqual([]);
    await outbox.send(aMail());
    await outbox.send(aMail({ sendId: "s2" }));
    expect(outbox.sentTwice()).toEqual([{ sendId: "s1", times: 2 }]);
    expect(outbox.count()).toBe(3);
  });

  test("lists in order of acceptance, page by page", async () => {
    const { outbox } = open();
    for (let i = 0; i < 5; i++) await outbox.send(aMail({ sendId: `s${i}` }));
    const first = outbox.list({ limit: 3 });
    expect(first.items.map((mail) => mail.sendId)).toEqual(["s0", "s1", "s2"]);
    const rest = outbox.list({ limit: 3, ...(first.next && { after: first.next }) });
    expect(rest.items.map((mail) => mail.sendId)).toEqual(["s3", "s4"]);
    expect(rest.next).toBeUndefined();
    expect(() => outbox.list({ after: "nonsense" })).toThrow(expect.objectContaining({ code: "bad_page_token" }));
  });

  test("counts the last 24 hours against the quota and refuses above it", async () => {
    const { outbox, clock } = open({ quota: { perSecond: 10, perDay: 2 } });
    await outbox.send(aMail());
    clock.set(NOW + 3_600_000);
    await outbox.send(aMail());
    expect(await outbox.quota()).toEqual({ perSecond: 10, perDay: 2, sentToday: 2, state: "open" });
    const refused = outbox.send(aMail());
    await expect(refused).rejects.toThrow(MailRefused);
    await expect(refused).rejects.toMatchObject({ kind: "quota", retryable: true });
    clock.set(NOW + 86_400_000);
    expect((await outbox.quota()).sentToday).toBe(1);
    await outbox.send(aMail());
    const { perSecond, perDay, sentToday } = await open().outbox.quota();
    expect({ perSecond, perDay, sentToday }).toEqual({ perSecond: 2_000, perDay: 10_000_000, sentToday: 0 });
  });

  test("that is paused refuses everything, in the sandbox all but the simulator's addresses, and says so", async () => {
    const [paused, sandbox] = (["paused", "sandbox"] as const).map(
      (state) => open({ quota: { perSecond: 10, perDay: 10, state } }).outbox,
    ) as [SqliteOutbox, SqliteOutbox];
    expect([(await paused.quota()).state, (await sandbox.quota()).state]).toEqual(["paused", "sandbox"]);
    await expect(paused.send(aMail({ to: "success@example.com" }))).rejects.toMatchObject({ kind: "paused" });
    await expect(sandbox.send(aMail())).rejects.toMatchObject({ kind: "sandbox", retryable: true });
    await sandbox.send(aMail({ to: "success@example.com" }));
    expect([paused.count(), sandbox.count()]).toEqual([0, 1]);
  });

  test("refuses for good what no mail server takes", async () => {
    const { outbox } = open();
    for (const mail of [
      aMail({ to: "nobody" }),
      aMail({ subject: "Hi\r\nBcc: all@example.com" }),
      aMail({ headers: { "X-A": "a\nb" } }),
    ]) {
      await expect(outbox.send(mail)).rejects.toMatchObject({ kind: "rejected", retryable: false });
    }
    expect(outbox.count()).toBe(0);
  });

  test("mails survive a restart", async () => {
    const folder = aFolder();
    const before = open({ folder });
    await before.outbox.send(aMail());
    before.store.close();
    const { outbox } = open({ folder });
    expect(await outbox.lookup("s1")).toBe("accepted");
    expect((await outbox.send(aMail({ sendId: "s2" }))).messageId).not.toBe(outbox.list().items[0]?.messageId);
  });
});

describe("the mailbox simulator", () => {
  test.each([
    ["bounce@example.com", ["Bounce"]],
    ["Bounce+17@example.com", ["Bounce"]],
    ["complaint@example.com", ["Delivery", "Complaint"]],
    ["ooto-3@example.com", ["Delivery"]],
    ["success@example.com", ["Delivery"]],
    ["sent@example.com", ["Send"]],
    ["soft-bounce@example.com", ["Bounce"]],
    ["mailbox-full@example.com", ["Bounce"]],
    ["content-rejected@example.com", ["Bounce"]],
    ["undetermined@example.com", ["Bounce"]],
    ["delay@example.com", ["DeliveryDelay", "Delivery"]],
    ["not-spam@example.com", ["Delivery", "Complaint"]],
    ["suppressed@example.com", ["Bounce"]],
    ["suppressionlist@example.com", ["Bounce"]],
    ["reject@example.com", ["Send", "Reject"]],
    ["rendering@example.com", ["Rendering Failure"]],
    ["open@example.com", ["Delivery", "Open"]],
    ["click@example.com", ["Delivery", "Click"]],
    ["unsubscribe@example.com", ["Delivery", "Subscription"]],
    ["ada.bounce@example.com", []],
  ])("%s leads to %j", async (to, expected) => {
    const { outbox, events } = open();
    await outbox.send(aMail({ to, tracksOpens: true }));
    expect(events().map((event) => event.eventType)).toEqual(expected);
  });

  test("plays every mailbox of its table, and together they tell everything that SES can tell", async () => {
    const { outbox, feedback } = open();
    for (const { start, words } of simulatedMailboxes) {
      expect(words).not.toBe("");
      await outbox.send(aMail({ to: `${start}@example.com`, tracksOpens: true }));
    }
    const told = feedback.map((body) => parseFeedback(body, NOW));
    expect(told.filter(Array.isArray)).toEqual([]);
    const kinds = new Set((told as Feedback[]).map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(feedbackKinds.filter((kind) => kind !== "subscription").toSorted());
    for (const one of told) expect(one).toMatchObject({ sid: "s1", pid: "p1", at: NOW, acceptedAt: NOW });
  });

  test("tells of no open where the mail does not track them", async () => {
    const { outbox, events } = open();
    await outbox.send(aMail({ to: "open@example.com", tracksOpens: false }));
    expect(events().map((event) => event.eventType)).toEqual(["Delivery"]);
  });

  test("puts who bounced or complained on its suppression list, since when, page by page", async () => {
    const { outbox, clock } = open();
    for (const start of ["bounce", "soft-bounce", "complaint", "suppressed", "success"])
      await outbox.send(aMail({ to: `${start}@example.com` }));
    clock.set(NOW + 1_000);
    await outbox.send(aMail({ to: "bounce-2@example.com" }));
    expect(await outbox.suppressed({ since: 0 })).toEqual({
      items: [
        { email: "bounce@example.com", reason: "bounce", at: NOW },
        { email: "complaint@example.com", reason: "complaint", at: NOW },
        { email: "bounce-2@example.com", reason: "bounce", at: NOW + 1_000 },
      ],
    });
    const late = await outbox.suppressed({ since: NOW + 1 });
    expect(late.items.map(({ email }) => email)).toEqual(["bounce-2@example.com"]);
    for (let n = 0; n < 1_000; n++) await outbox.send(aMail({ sendId: `more-${n}` }));
    const first = await outbox.suppressed({ since: 0 });
    expect(first).toMatchObject({ items: expect.any(Array), next: expect.any(String) });
    expect(await outbox.suppressed({ since: 0, next: first.next as string })).toEqual({ items: [] });
  });

  test("feedback has the shape of SES's events inside SNS's envelope, with the send's tags", async () => {
    const { outbox, feedback, events } = open();
    const { messageId } = await outbox.send(aMail({ to: "bounce@example.com" }));
    expect(feedback[0]).toMatchObject({
      Type: "Notification",
      Timestamp: "2026-03-01T08:00:00.000Z",
      Message: expect.any(String),
    });
    expect(events()[0]).toMatchObject({
      eventType: "Bounce",
      mail: {
        messageId,
        destination: ["bounce@example.com"],
        tags: { sid: ["s1"], pid: ["p1"] },
        timestamp: "2026-03-01T08:00:00.000Z",
      },
      bounce: {
        bounceType: "Permanent",
        bounceSubType: "General",
        bouncedRecipients: [{ emailAddress: "bounce@example.com" }],
      },
    });
    await outbox.send(aMail({ to: "complaint@example.com" }));
    expect(events()[2]).toMatchObject({
      eventType: "Complaint",
      complaint: { complainedRecipients: [{ emailAddress: "complaint@example.com" }] },
    });
  });

  test("a mail is not accepted when its feedback cannot be stored", async () => {
    const { store, clock } = open();
    const failing = new SqliteOutbox(store, {
      clock,
      feedback: () => {
        throw new Error("disk full");
      },
    });
    await expect(failing.send(aMail({ to: "bounce@example.com" }))).rejects.toThrow("disk full");
    expect(failing.count()).toBe(0);
  });
});
