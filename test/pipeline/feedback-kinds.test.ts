// Guarantees of what each kind of feedback means for addresses and ledgers, and that no message, however hostile, does harm.
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, type Instant, iso, MINUTE_MS, SECOND_MS } from "../../shared/domain/instant.ts";
import type { Json, JsonObject } from "../../shared/domain/json.ts";
import type { Ledger } from "../../shared/domain/send.ts";
import { takeFeedback } from "../../shared/pipeline/feedback.ts";
import { addressKey, holderKey, SCHEMA, sendKey } from "../../shared/pipeline/keys.ts";
import type { Item } from "../../shared/pipeline/ports.ts";
import { loadAddress } from "../../shared/pipeline/records/address-record.ts";
import { intendedItem, readSend, sendItem } from "../../shared/pipeline/records/send-record.ts";
import { aSend } from "../support/gate-facts.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { bounceOf, inSns, sesWord, subscriptionOf } from "../support/ses-words.ts";

const EMAIL = "anna@example.com";
const AT = START + MINUTE_MS;
const SECRET = "identity-key-for-tests-only-0123456789";
const KEY = addressKey(SECRET, EMAIL);

/** A mail of p-1 to the address: claimed there, and sent. */
async function sent(world: MemoryWorld, id: string, { at = START, profileId = "p-1" } = {}): Promise<void> {
  const send = aSend({ id, profileId, campaign: "welcome", intendedAt: at });
  const ledger: Ledger = { state: "SENT", at, messageId: `m-${id}`, attempts: 1, address: KEY.pk };
  await world.table.write({ put: sendItem(readSend(intendedItem(send)), ledger) });
  const { address } = await loadAddress(world.ports, EMAIL);
  const claims = [...address.claims, { at, sendId: id, purpose: "marketing" }];
  const put = { ...KEY, schema: SCHEMA, version: address.version + 1, address: { ...address, claims } };
  await world.table.write({ put: put as unknown as Item });
}

async function aWorld(...ids: string[]): Promise<MemoryWorld> {
  const world = new MemoryWorld();
  world.now = START + DAY_MS;
  for (const id of ids) await sent(world, id);
  return world;
}

const take = (world: MemoryWorld, ...bodies: unknown[]) =>
  takeFeedback(
    world.ports,
    bodies.map((body, index) => ({ id: String(index), body, receiveCount: 1 })),
  );
const addressOf = async (world: MemoryWorld, email = EMAIL) => (await loadAddress(world.ports, email)).address;
const ledgerOf = async (world: MemoryWorld, id = "s-1", profileId = "p-1") =>
  readSend((await world.table.get(sendKey(profileId, id))) as Item).ledger;
const rejected = (world: MemoryWorld) =>
  world.queued.rejected.map(({ body }) => (body as { problems: { code: string; path: string }[] }).problems[0]);

/** What SES tells of a mail. */
const of = (sid: string, type: string, part: JsonObject = {}): JsonObject =>
  sesWord({ type, to: [EMAIL], sid, pid: "p-1", acceptedAt: START, messageId: `m-${sid}`, part });
const bounce = (sid: string, [type, subType]: [string, string], at: Instant = AT) =>
  of(sid, "Bounce", bounceOf(type, subType, { at, of: [EMAIL] }));
const soft = (sid: string, at: Instant, subType = "General") => bounce(sid, ["Transient", subType], at);
const delivery = (sid: string, at: Instant) =>
  of(sid, "Delivery", { delivery: { timestamp: iso(at), recipients: [EMAIL], processingTimeMillis: 5 } });

describe("a bounce", () => {
  test.each([
    ["Permanent", "General", { closed: true }],
    ["Permanent", "NoEmail", { closed: true }],
    ["Permanent", "Suppressed", { closed: true }],
    ["Permanent", "OnAccountSuppressionList", { closed: true }],
    ["Transient", "General", { counted: 1 }],
    ["Transient", "MailboxFull", { counted: 1 }],
    ["Transient", "CustomTimeoutExceeded", { counted: 1 }],
    ["Undetermined", "Undetermined", { counted: 1 }],
    ["Transient", "MessageTooLarge", {}],
    ["Transient", "ContentRejected", {}],
    ["Transient", "AttachmentRejected", {}],
    ["Transient", "OutOfOffice", {}],
  ] as [string, string, { closed?: true; counted?: number }][])("%s/%s: %j", async (type, subType, expected) => {
    const world = await aWorld("s-1");
    await take(world, inSns(bounce("s-1", [type, subType])));
    const address = await addressOf(world);
    expect(address.suppressions).toEqual(expected.closed ? { bounce: AT } : {});
    expect(address.softBounces).toHaveLength(expected.counted ?? 0);
    expect((await ledgerOf(world)).feedback).toEqual({ [type === "Permanent" ? "bounce" : "soft-bounce"]: AT });
  });

  test("that may pass closes the address at the fifth in a row, whatever comes in which order", async () => {
    const ids = ["a", "b", "c", "d", "e"];
    for (const order of [ids, ids.toReversed(), ["c", "a", "e", "b", "d"]]) {
      const world = await aWorld(...ids);
      for (const id of order) await take(world, soft(id, AT + ids.indexOf(id) * HOUR_MS), soft(id, AT));
      expect((await addressOf(world)).suppressions).toEqual({ "soft-bounces": AT + 4 * HOUR_MS });
    }
  });

  test("counts no more once a later mail was delivered, also when it is heard afterwards", async () => {
    const ids = ["a", "b", "c", "d", "e", "f"];
    const words = ids.slice(0, 5).map((id, index) => soft(id, AT + index * HOUR_MS));
    const delivered = delivery("f", AT + 3.5 * HOUR_MS);
    for (const order of [
      [delivered, ...words],
      [...words, delivered],
      [...words.slice(2), delivered, ...words],
    ]) {
      const world = await aWorld(...ids);
      for (const word of order) await take(world, word);
      const address = await addressOf(world);
      expect(address.suppressions).toEqual({});
      expect(address.softBounces.map(({ sendId }) => sendId)).toEqual(["e"]);
    }
  });

  test("counts no more after a delivery to somebody else who has the address", async () => {
    const world = await aWorld("a");
    await sent(world, "theirs", { profileId: "p-2" });
    await world.table.write({ put: { ...holderKey(KEY.pk, "p-2"), schema: SCHEMA } });
    const theirs = { ...delivery("theirs", AT + HOUR_MS) } as { mail: { tags: JsonObject } };
    theirs.mail.tags["pid"] = ["p-2"];
    await take(world, theirs);
    await take(world, soft("a", AT));
    expect(await addressOf(world)).toMatchObject({ softBounces: [], deliveredAt: AT + HOUR_MS });
  });

  test("of one recipient of several closes that one only; named by nobody we wrote to it closes nobody else", async () => {
    const world = await aWorld();
    const to = ["one@example.com", "Two <two@example.com>"];
    const told = (named: string[]) =>
      sesWord({ type: "Bounce", to, acceptedAt: START, part: bounceOf("Permanent", "General", { at: AT, of: named }) });
    await take(world, told(["TWO@example.com", "victim@example.com"]));
    expect((await addressOf(world, "one@example.com")).suppressions).toEqual({});
    expect((await addressOf(world, "two@example.com")).suppressions).toEqual({ bounce: AT });
    expect((await addressOf(world, "victim@example.com")).suppressions).toEqual({});
  });

  test("that SES tells of an identity, without a configuration set and tags, closes the address as well", async () => {
    const world = await aWorld("s-1");
    const { eventType, mail, ...told } = bounce("s-1", ["Permanent", "General"]) as Record<string, JsonObject>;
    const { tags: _, ...untagged } = mail as JsonObject;
    await take(world, { ...told, notificationType: eventType, mail: untagged });
    expect((await addressOf(world)).suppressions).toEqual({ bounce: AT });
  });

  test("whose recipient cannot be read closes the address that its send was claimed for", async () => {
    const world = await aWorld("s-1");
    const word = bounce("s-1", ["Permanent", "General"]) as { mail: { destination: Json[] } };
    word.mail.destination = ['"quoted local"@example.com'];
    await take(world, word);
    expect((await addressOf(world)).suppressions).toEqual({ bounce: AT });
  });
});

describe("a complaint", () => {
  const complaint = (more: JsonObject = {}) =>
    of("s-1", "Complaint", {
      complaint: { timestamp: iso(AT), complainedRecipients: [{ emailAddress: EMAIL }], ...more },
    });

  test("closes the address; that the mail is no spam closes nothing", async () => {
    const world = await aWorld("s-1");
    await take(world, complaint({ complaintFeedbackType: "not-spam" }));
    expect((await addressOf(world)).suppressions).toEqual({});
    await take(
      world,
      complaint({ complaintFeedbackType: "abuse", complaintSubType: null, userAgent: "x".repeat(1e5) }),
    );
    expect((await addressOf(world)).suppressions).toEqual({ complaint: AT });
    expect((await ledgerOf(world)).feedback).toEqual({ complaint: AT, "not-spam": AT });
  });

  test("that only names the suppression list closes the address, and is no new harm", async () => {
    const world = await aWorld("s-1");
    await take(world, complaint({ complaintSubType: "OnAccountSuppressionList" }));
    expect((await addressOf(world)).suppressions).toEqual({ complaint: AT });
    const { items } = await world.table.query({ pk: "REPUTATION", prefix: "BAD#" });
    expect(items).toEqual([]);
  });

  test("without any of its details is one all the same", async () => {
    const world = await aWorld("s-1");
    await take(world, of("s-1", "Complaint"));
    expect((await addressOf(world)).suppressions).toEqual({ complaint: START });
  });
});

describe("a choice in the mail program", () => {
  test.each([
    ["to hear nothing any more", { all: true }, true],
    ["against a topic", { now: "OptOut" }, true],
    ["against a topic that was off before", { now: "OptOut", before: "OptOut" }, false],
    ["for a topic", { now: "OptIn", before: "OptOut" }, false],
  ] as const)("%s", async (_, choice, isOptOut) => {
    const world = await aWorld("s-1");
    await take(world, of("s-1", "Subscription", subscriptionOf(AT, choice)));
    expect(Object.keys((await addressOf(world)).optOuts)).toEqual(isOptOut ? ["marketing"] : []);
    expect(Object.keys((await ledgerOf(world)).feedback ?? {})).toEqual([isOptOut ? "unsubscribe" : "subscription"]);
  });

  test("counts for the address also where its mail is not known any more", async () => {
    const world = await aWorld();
    await take(world, of("gone", "Subscription", subscriptionOf(AT, { all: true })));
    expect((await addressOf(world)).optOuts).toEqual({ marketing: AT });
  });

  test("that a clock ahead of ours tells of counts from now, so that the person's next yes lifts it", async () => {
    const world = await aWorld("s-1");
    for (const sid of ["s-1", "gone"])
      await take(world, of(sid, "Subscription", subscriptionOf(world.now + 23 * HOUR_MS, { all: true })));
    expect((await addressOf(world)).optOuts).toEqual({ marketing: world.now });
  });

  test("that was heard before takes nothing back that was said since", async () => {
    const world = await aWorld("s-1");
    const words = [AT, AT + HOUR_MS].map((at) => of("s-1", "Subscription", subscriptionOf(at, { all: true })));
    await take(world, ...words);
    expect(Object.keys((await addressOf(world)).optOuts)).toEqual(["marketing"]);
    const { address } = await loadAddress(world.ports, EMAIL);
    const put = { ...KEY, schema: SCHEMA, version: address.version + 1, address: { ...address, optOuts: {} } };
    await world.table.write({ put: put as unknown as Item });
    await take(world, ...words);
    expect((await addressOf(world)).optOuts).toEqual({});
  });
});

describe("hostile feedback", () => {
  const mail = (changes: JsonObject) => ({
    eventType: "Send",
    mail: { timestamp: iso(START), messageId: "m", destination: [], ...changes },
  });

  test.each([
    ["no event", 7, { code: "invalid_type", path: "" }],
    ["a text", "hello", { code: "invalid_type", path: "" }],
    ["another type", of("s-1", "__proto__"), { code: "unknown_event_type", path: "eventType" }],
    ["a type that is none", { ...of("s-1", "Send"), eventType: 3 }, { code: "invalid_type", path: "eventType" }],
    ["no mail", { eventType: "Bounce" }, { code: "missing", path: "mail" }],
    ["a bounce without its object", of("s-1", "Bounce"), { code: "missing", path: "bounce" }],
    ["an instant that is none", mail({ timestamp: "soon" }), { code: "custom", path: "mail.timestamp" }],
    ["a far future", mail({ timestamp: iso(START + 3e12) }), { code: "in_the_future", path: "mail.timestamp" }],
    ["recipients that are none", mail({ destination: "all" }), { code: "invalid_type", path: "mail.destination" }],
    ["SNS's own word", { Message: "Successfully validated SNS topic" }, { code: "not_json", path: "Message" }],
  ])("%s is put aside with the reason", async (_, body, problem) => {
    const world = await aWorld("s-1");
    expect(await take(world, body)).toEqual([]);
    expect(rejected(world)).toEqual([expect.objectContaining(problem)]);
    expect((await ledgerOf(world)).feedback).toBeUndefined();
  });

  test("that nests deeper than any reader goes is put aside without its body", async () => {
    const world = await aWorld();
    expect(await take(world, JSON.parse(`${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`))).toEqual([]);
    expect(world.queued.rejected[0]?.body).toMatchObject({ message: "nested too deep" });
  });

  test.each([
    ["tags that are no lists", { sid: "s-1", pid: 7 }],
    ["tags that are no keys", { sid: ["x".repeat(5_000)], pid: ["p#1"] }],
    ["no tags", undefined],
    ["tags of a mail that nobody knows", { sid: ["s-9"], pid: ["p-9"] }],
  ])("with %s still closes the address", async (_, tags) => {
    const world = await aWorld("s-1");
    const word = bounce("s-1", ["Permanent", "General"]);
    expect(await take(world, { ...word, mail: { ...(word["mail"] as JsonObject), tags } })).toEqual([]);
    expect((await addressOf(world)).suppressions).toEqual({ bounce: AT });
    expect((await ledgerOf(world)).feedback).toBeUndefined();
    expect(world.queued.rejected).toEqual([]);
  });

  test("with details of the wrong type or of 200 KB is taken, and nothing of them is kept", async () => {
    const world = await aWorld("s-1");
    const junk = "<script>".repeat(25_000);
    const word = of("s-1", "Bounce", {
      bounce: {
        bounceType: "Permanent",
        bounceSubType: { a: 1 },
        timestamp: 5,
        bouncedRecipients: "anna",
        diagnosticCode: junk,
      },
    });
    await take(world, word, of("s-1", "Open", { open: { timestamp: iso(AT), userAgent: junk, ipAddress: junk } }));
    expect((await addressOf(world)).suppressions).toEqual({ bounce: START });
    expect(JSON.stringify(await world.table.scan({ segment: 0, segments: 1 }))).not.toContain("script");
  });

  test("from a clock far ahead counts from when the mail was taken", async () => {
    const world = await aWorld("s-1");
    await take(world, soft("s-1", AT), delivery("s-1", START + 1e12));
    expect((await addressOf(world)).softBounces).toHaveLength(1);
    expect((await ledgerOf(world)).feedback).toEqual({ delivery: START, "soft-bounce": AT });
  });

  test("of nothing but the address is logged without it", async () => {
    const world = await aWorld();
    const lines: string[] = [];
    const note = (message: string, fields?: JsonObject) => void lines.push(JSON.stringify([message, fields]));
    Object.assign(world.ports.log, { info: note, warn: note, error: note });
    await take(world, bounce("s-1", ["Permanent", "General"]), { eventType: EMAIL }, delivery("gone", AT + SECOND_MS));
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join()).not.toMatch(/anna|example/);
  });
});
