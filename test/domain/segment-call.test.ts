// Guarantees of the Segment protocol at the door: what a call means, whose clock counts, and what is wrong with a bad one.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY_MS, iso } from "../../shared/domain/instant.ts";
import { parseCall } from "../../shared/domain/segment-call.ts";
import { NOW } from "../support/builders.ts";

const call = (item: unknown, sentAt?: unknown) => parseCall(item, { now: NOW, sentAt });
const detailOf = (item: unknown, sentAt?: unknown) => {
  const parsed = call(item, sentAt);
  if ("problem" in parsed) throw new TypeError(JSON.stringify(parsed.problem));
  return parsed;
};
const track = { type: "track", userId: "u", event: "Order Completed" };

describe("a call", () => {
  test("identify carries traits", () => {
    expect(
      call({ type: "identify", messageId: "m1", userId: "u", traits: { email: "zoe@x.fr" }, context: { ip: "::1" } }),
    ).toEqual({
      type: "profile.identified",
      detail: { id: "m1", userId: "u", traits: { email: "zoe@x.fr" } },
    });
  });

  test("track carries properties, under the event's own type", () => {
    expect(call({ ...track, messageId: "m1", anonymousId: "a", properties: { total: 5 } })).toEqual({
      type: "purchase.completed",
      detail: { id: "m1", userId: "u", anonymousId: "a", properties: { total: 5 } },
    });
  });

  test("may name the person by a number, by an anonymous id, and leave out what is empty", () => {
    expect(detailOf({ ...track, userId: 0 }).detail["userId"]).toBe("0");
    expect(detailOf({ type: "track", userId: null, anonymousId: "a", event: "a.b", properties: null }).detail).toEqual({
      anonymousId: "a",
      properties: {},
    });
    expect(detailOf({ ...track, messageId: "" }).detail).not.toHaveProperty("id");
  });
});

describe("time", () => {
  test("without sentAt is what the sender says", () => {
    expect(detailOf({ ...track, timestamp: "2026-03-01T10:00:00+02:00" }).detail).toMatchObject({
      occurredAt: "2026-03-01T08:00:00.000Z",
      declaredAt: "2026-03-01T10:00:00+02:00",
    });
  });

  test("without a timestamp is left to the receiver", () => {
    expect(detailOf(track, iso(NOW - DAY_MS)).detail).toEqual({ userId: "u", properties: {} });
  });

  test("of a sender whose clock is wrong is corrected: what it calls sentAt is now", () => {
    fc.assert(
      fc.property(fc.integer({ min: -3_000, max: 3_000 }), fc.nat({ max: 100 }), (skewDays, ageDays) => {
        const skew = skewDays * DAY_MS;
        const { detail } = detailOf({ ...track, timestamp: iso(NOW - ageDays * DAY_MS + skew) }, iso(NOW + skew));
        expect(detail["occurredAt"]).toBe(iso(NOW - ageDays * DAY_MS));
        expect(detail["declaredAt"]).toBe(iso(NOW - ageDays * DAY_MS + skew));
      }),
    );
  });

  test("a call's own sentAt counts before that of its batch", () => {
    const timestamp = iso(NOW - DAY_MS);
    expect(detailOf({ ...track, timestamp, sentAt: iso(NOW - DAY_MS) }, iso(NOW)).detail["occurredAt"]).toBe(iso(NOW));
  });

  test("a sentAt nobody can read corrects nothing", () => {
    expect(detailOf({ ...track, timestamp: iso(NOW - DAY_MS) }, "yesterday").detail["occurredAt"]).toBe(
      iso(NOW - DAY_MS),
    );
    expect(detailOf({ ...track, timestamp: iso(NOW - DAY_MS) }, 5).detail["occurredAt"]).toBe(iso(NOW - DAY_MS));
  });

  test("a retry declares the same time, whenever it is sent again", () => {
    const first = detailOf({ ...track, timestamp: "2026-03-02T09:00:00Z", sentAt: "2026-03-02T10:00:00Z" });
    const again = parseCall(
      { ...track, timestamp: "2026-03-02T09:00:00Z", sentAt: "2026-03-02T10:05:00Z" },
      { now: NOW + 300_000 },
    );
    expect("detail" in again && again.detail["declaredAt"]).toBe(first.detail["declaredAt"]);
  });

  test("up to a day in the future is taken, more is not", () => {
    expect(call({ ...track, timestamp: iso(NOW + DAY_MS) })).toHaveProperty("detail");
    expect(call({ ...track, timestamp: iso(NOW + DAY_MS + 1) })).toMatchObject({
      problem: { code: "in_the_future", path: "timestamp" },
    });
  });

  test("years ago is taken: whether it is late is decided later", () => {
    expect(call({ ...track, timestamp: "1999-01-01" })).toHaveProperty("detail");
  });
});

describe("a bad call is answered with code, path and message, under its own messageId", () => {
  test.each([
    ["no object", "hello", null, "unsupported_type", "type"],
    ["null", null, null, "unsupported_type", "type"],
    ["another type", { type: "page", messageId: "m", userId: "u" }, "m", "unsupported_type", "type"],
    ["nobody", { type: "identify", messageId: "m" }, "m", "no_identity", "userId"],
    ["an empty userId", { ...track, userId: "" }, null, "no_identity", "userId"],
    ["a userId that is no text", { ...track, userId: { id: 1 } }, null, "invalid_type", "userId"],
    ["a userId too long", { ...track, userId: "x".repeat(256) }, null, "too_big", "userId"],
    ["no event", { type: "track", userId: "u" }, null, "missing", "event"],
    ["an event that is no text", { ...track, event: 5 }, null, "invalid_type", "event"],
    ["an event of one word", { ...track, event: "Signup" }, null, "not_an_event_name", "event"],
    ["an event of spaces", { ...track, event: "  " }, null, "too_small", "event"],
    ["a time that is none", { ...track, timestamp: "yesterday" }, null, "not_a_time", "timestamp"],
    ["a day that does not exist", { ...track, timestamp: "2026-02-30T10:00:00Z" }, null, "not_a_time", "timestamp"],
    ["a time that is a number", { ...track, timestamp: NOW }, null, "invalid_type", "timestamp"],
    ["properties that are a list", { ...track, properties: [1] }, null, "invalid_type", "properties"],
    ["traits that are a text", { type: "identify", userId: "u", traits: "x" }, null, "invalid_type", "traits"],
    [
      "an e-mail that is no text",
      { type: "identify", userId: "u", traits: { email: 5 } },
      null,
      "invalid_type",
      "traits.email",
    ],
    [
      "a birthday that is no text",
      { type: "identify", userId: "u", traits: { birthday: 19_900_517 } },
      null,
      "invalid_type",
      "traits.birthday",
    ],
    [
      "a consent that is a text",
      { type: "identify", userId: "u", traits: { consent: "granted" } },
      null,
      "not_a_consent",
      "traits.consent",
    ],
    [
      "a consent of yes",
      { type: "identify", userId: "u", traits: { consent: { marketing: true } } },
      null,
      "not_a_consent",
      "traits.consent",
    ],
    ["too much", { ...track, properties: { text: "x".repeat(33_000) } }, null, "too_large", "properties"],
  ])("%s", (...[_what, item, messageId, code, path]) => {
    const parsed = call(item);
    expect(parsed).toMatchObject({ messageId, problem: { code, path } });
    expect("problem" in parsed && parsed.problem.message.length).toBeGreaterThan(5);
  });

  test("a trait that is taken away is no mistake", () => {
    expect(call({ type: "identify", userId: "u", traits: { email: null, consent: null } })).toHaveProperty("detail");
  });
});
