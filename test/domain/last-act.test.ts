// Guarantees about when a person was last heard of: their own acts count, what systems say of them does not.
import { describe, expect, test } from "vitest";
import { isOwnAct, lastActAt } from "../../shared/domain/last-act.ts";
import type { Profile } from "../../shared/domain/profile.ts";

const NONE = new Set<string>();
const at = (lastAt: number) => ({ count: 1, firstAt: 1, lastAt });
const heard = (activity: Profile["activity"], more: Partial<Pick<Profile, "consents">> & { readAt?: number } = {}) => ({
  activity,
  consents: {},
  createdAt: 10,
  readAt: undefined,
  ...more,
});

describe("lastActAt", () => {
  test("is the latest event from outside", () => {
    expect(lastActAt(heard({ "lead.created": at(20), "purchase.completed": at(40) }), NONE)).toBe(40);
  });

  test.each([
    "profile.identified",
    "churn_risk.detected",
    "birthday.reached",
    "email.delivered",
    "email.opened",
    "email.clicked",
    "consent.granted",
    "consent.withdrawn",
    "segment.entered",
    "schedule.reached",
    "time.passed",
  ])("is not %s, which systems tell", (type) => {
    expect(lastActAt(heard({ "lead.created": at(20), [type]: at(99) }), NONE)).toBe(20);
  });

  test("is a word on consent only where the person spoke", () => {
    const said = { purpose: "marketing", channel: "email", state: "denied", at: 50, by: "x" } as const;
    const byPerson = { consents: { marketing: { ...said, actor: "person" as const } } };
    const bySystem = { consents: { marketing: { ...said, actor: "system" as const }, other: said } };
    expect(lastActAt(heard({ "lead.created": at(20) }, byPerson), NONE)).toBe(50);
    expect(lastActAt(heard({ "lead.created": at(20) }, bySystem), NONE)).toBe(20);
  });

  test("is a click or a choice at their address", () => {
    expect(lastActAt(heard({ "lead.created": at(20) }, { readAt: 60 }), NONE)).toBe(60);
  });

  test("is not what a campaign emits", () => {
    expect(lastActAt(heard({ "lead.created": at(20), "vip.welcomed": at(99) }), new Set(["vip.welcomed"]))).toBe(20);
  });

  test("of whom no act is known is when they became known", () => {
    expect(lastActAt(heard({ "profile.identified": at(99) }), NONE)).toBe(10);
  });
});

test("an event of Relance's own is nobody's act, whatever its type", () => {
  expect(isOwnAct({ source: "shop", type: "lead.created" })).toBe(true);
  expect(isOwnAct({ source: "relance", type: "lead.created" })).toBe(false);
  expect(isOwnAct({ source: "crm", type: "profile.identified" })).toBe(false);
});
