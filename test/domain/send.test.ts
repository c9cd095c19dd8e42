// Guarantees of sends: one id for one message, so that deciding twice is never sending twice.
import fc from "fast-check";
import { expect, test } from "vitest";
import { sendIdOf } from "../../shared/domain/send.ts";

const text = fc.constantFrom("a", "b", "a,b", 'a"', "");
const identity = fc.record({
  campaign: text,
  step: text,
  profileId: text,
  key: text,
  channel: fc.constant("email" as const),
});

test("the same campaign, step, profile and entry is the same send, whatever else is known of it", () => {
  fc.assert(
    fc.property(identity, fc.string(), (send, template) => {
      expect(sendIdOf({ ...send, ...{ template } })).toBe(sendIdOf(send));
    }),
  );
});

test("another campaign, step, profile or entry is another send", () => {
  const send = { campaign: "c", step: "s", profileId: "p", key: "k", channel: "email" } as const;
  const others = [{ campaign: "d" }, { step: "t" }, { profileId: "q" }, { key: "l" }].map((change) => ({
    ...send,
    ...change,
  }));
  expect(new Set([send, ...others].map(sendIdOf)).size).toBe(5);
});

test("no two spellings run together", () => {
  const spelt = (send: { campaign: string; step: string; profileId: string; key: string }) =>
    JSON.stringify([send.campaign, send.step, send.profileId, send.key]);
  fc.assert(
    fc.property(identity, identity, (a, b) => {
      expect(sendIdOf(a) === sendIdOf(b)).toBe(spelt(a) === spelt(b));
    }),
    { numRuns: 300 },
  );
});
