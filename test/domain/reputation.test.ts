// Proves when bounces and complaints stop mail by themselves: from exactly which share on, and from how many mails.
import { describe, expect, test } from "vitest";
import { DAY_MS } from "../../shared/domain/instant.ts";
import { pauseReason, type Reputation, windowStart } from "../../shared/domain/reputation.ts";

const counts = (some: Partial<Reputation>): Reputation => ({
  sent: 0,
  delivered: 0,
  bounces: 0,
  complaints: 0,
  ...some,
});

describe("a campaign", () => {
  test("pauses at 4 % hard bounces of 200 mails, not a bounce and not a mail earlier", () => {
    expect(pauseReason("campaign", counts({ sent: 200, bounces: 8 }))).toBe("4 % of 200 mails bounced");
    expect(pauseReason("campaign", counts({ sent: 200, bounces: 7 }))).toBeUndefined();
    expect(pauseReason("campaign", counts({ sent: 201, bounces: 8 }))).toBeUndefined();
    expect(pauseReason("campaign", counts({ sent: 199, bounces: 199 }))).toBeUndefined();
    expect(pauseReason("campaign", counts({ sent: 220, bounces: 10 }))).toBe("4.55 % of 220 mails bounced");
  });

  test("pauses at 0.1 % complaints of 1,000 delivered mails, not a mail earlier", () => {
    const reason = "0.1 % of 1000 delivered mails led to a complaint";
    expect(pauseReason("campaign", counts({ sent: 2_000, delivered: 1_000, complaints: 1 }))).toBe(reason);
    expect(pauseReason("campaign", counts({ sent: 2_000, delivered: 999, complaints: 99 }))).toBeUndefined();
    expect(pauseReason("campaign", counts({ sent: 2_000, delivered: 1_001, complaints: 1 }))).toBeUndefined();
    expect(pauseReason("campaign", counts({ sent: 2_000, delivered: 2_000, complaints: 2 }))).toBeDefined();
  });

  test("without mails has nothing to be judged by", () => {
    expect(pauseReason("campaign", counts({ bounces: 3, complaints: 3 }))).toBeUndefined();
  });
});

describe("the account", () => {
  test("pauses at 5 % hard bounces of 1,000 mails, which SES would review and not stop yet", () => {
    expect(pauseReason("account", counts({ sent: 1_000, bounces: 50 }))).toBe("5 % of 1000 mails bounced");
    expect(pauseReason("account", counts({ sent: 1_000, bounces: 49 }))).toBeUndefined();
    expect(pauseReason("account", counts({ sent: 999, bounces: 500 }))).toBeUndefined();
  });

  test("pauses at 0.3 % complaints of 1,000 delivered mails, before SES's stop at 0.5 %", () => {
    expect(pauseReason("account", counts({ delivered: 1_000, complaints: 3 }))).toBeDefined();
    expect(pauseReason("account", counts({ delivered: 1_000, complaints: 2 }))).toBeUndefined();
    expect(pauseReason("account", counts({ delivered: 999, complaints: 9 }))).toBeUndefined();
  });
});

test("the window has seven UTC days, today among them", () => {
  expect(windowStart(9 * DAY_MS)).toBe(3);
  expect(windowStart(10 * DAY_MS - 1)).toBe(3);
});
