// Guarantees of the send ledger: every planned send is in exactly one part, and whatever is counted adds up.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY_MS } from "../../shared/domain/instant.ts";
import {
  askedStates,
  ledgerOf,
  ledgerParts,
  reasonedParts,
  type SendLedger,
  statesAsked,
  sumOfLedgers,
} from "../../shared/domain/ledger.ts";
import { holdReasons, type Ledger, refusalReasons, type SendState, sendStates } from "../../shared/domain/send.ts";
import { heldUntil, reasonWords, type StoppedBy, whyText } from "../../shared/domain/send-words.ts";
import { newTally, type Tally, tallySend } from "../../shared/domain/tally.ts";
import { NOW } from "../support/builders.ts";

type Counted = { campaign: string; ledger: Pick<Ledger, "state" | "reason">; dueAt?: number; expiresAt?: number };

const anySend: fc.Arbitrary<Counted> = fc.record(
  {
    campaign: fc.constantFrom("a", "b", "constructor"),
    ledger: fc.record(
      { state: fc.constantFrom(...sendStates), reason: fc.constantFrom(...refusalReasons, ...holdReasons, "odd") },
      { requiredKeys: ["state"] },
    ),
    dueAt: fc.integer({ min: NOW, max: NOW + 1_000 }),
    expiresAt: fc.integer({ min: NOW - 1, max: NOW + 1 }),
  },
  { requiredKeys: ["campaign", "ledger"] },
) as fc.Arbitrary<Counted>;

function tallied(sends: Counted[]): Tally {
  const tally = newTally();
  for (const { campaign, ledger, dueAt, expiresAt = NOW + DAY_MS } of sends)
    tallySend(tally, { send: { campaign, expiresAt }, ledger, ...(dueAt !== undefined && { dueAt }) }, NOW);
  return tally;
}

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, n) => total + n, 0);
const partsOf = (ledger: SendLedger) => sum(Object.fromEntries(ledgerParts.map((part) => [part, ledger[part]])));

describe("the ledger", () => {
  test("of any sends adds up: parts to planned, reasons to their part, campaigns to the total", () => {
    fc.assert(
      fc.property(fc.array(anySend), (sends) => {
        const { campaigns } = tallied(sends);
        const ledgers = Object.entries(campaigns).map(([campaign, counts]) => ({ campaign, ...ledgerOf(counts) }));
        for (const { campaign, ...ledger } of [...ledgers, { campaign: undefined, ...sumOfLedgers(ledgers) }]) {
          const own = sends.filter((send) => campaign === undefined || send.campaign === campaign);
          expect(ledger.planned).toBe(own.length);
          expect(partsOf(ledger)).toBe(own.length);
          for (const part of reasonedParts) expect(sum(ledger.reasons[part])).toBe(ledger[part]);
        }
      }),
    );
  });

  test.each([
    ["PENDING", "held"],
    ["CLAIMED", "held"],
    ["SENT", "sent"],
    ["REJECTED", "rejected"],
    ["UNKNOWN", "unknown"],
    ["ABANDONED", "abandoned"],
    ["REFUSED", "refused"],
    ["EXPIRED", "expired"],
  ] as const)("counts a send that is %s as %s, and nowhere else", (state, part) => {
    const ledger = ledgerOf(
      tallied([{ campaign: "a", ledger: { state } }]).campaigns["a"] ?? { states: {}, reasons: {} },
    );
    const counted = ledgerParts.filter((name) => ledger[name] > 0);
    expect({ planned: ledger.planned, counted }).toEqual({ planned: 1, counted: [part] });
  });

  test("forgets no state: each has its part above", () => {
    const each = tallied(sendStates.map((state) => ({ campaign: "a", ledger: { state } }))).campaigns["a"];
    expect(partsOf(ledgerOf(each ?? { states: {}, reasons: {} }))).toBe(8);
    expect(sendStates).toHaveLength(8);
  });

  test("tells sends that wait by what they wait for", () => {
    const held = (ledger: Counted["ledger"], dueAt?: number) => ({
      campaign: "a",
      ledger,
      ...(dueAt !== undefined && { dueAt }),
    });
    const { campaigns } = tallied([
      held({ state: "PENDING" }, NOW),
      held({ state: "PENDING", reason: "quiet-hours" }, NOW),
      held({ state: "PENDING", reason: "paused" }),
      // Resumed: due again, whatever it was held for.
      held({ state: "PENDING", reason: "paused" }, NOW),
      held({ state: "CLAIMED", reason: "quiet-hours" }, NOW),
    ]);
    const { reasons } = ledgerOf(campaigns["a"] ?? { states: {}, reasons: {} });
    expect(reasons.held).toEqual({ "not-judged-yet": 2, "quiet-hours": 1, paused: 1, "being-sent": 1 });
  });

  test("tells mails that wait and are too late already, and when the next one will be", () => {
    const pending = (expiresAt: number, state: Ledger["state"] = "PENDING") => ({
      campaign: "a",
      ledger: { state, reason: "paused" },
      expiresAt,
    });
    const all = [pending(NOW), pending(NOW - DAY_MS), pending(NOW + 2), pending(NOW + 1), pending(NOW, "CLAIMED")];
    const counts = tallied(all).campaigns["a"];
    const { planned, held, reasons } = ledgerOf(counts ?? { states: {}, reasons: {} });
    expect({ planned, held }).toEqual({ planned: 5, held: 5 });
    expect(reasons.held).toEqual({ "too-late": 2, paused: 2, "being-sent": 1 });
    expect(counts?.nextExpiresAt).toBe(NOW + 1);
    expect(tallied([pending(NOW)]).campaigns["a"]?.nextExpiresAt).toBeUndefined();
  });

  test("knows until when the last of the sends is held that wait for an instant", () => {
    const pending = (reason: string, dueAt: number) => ({
      campaign: "a",
      ledger: { state: "PENDING" as const, reason },
      dueAt,
    });
    expect(tallied([pending("quiet-hours", NOW + 5), pending("frequency-cap", NOW + 9)]).heldUntil).toBe(NOW + 9);
    expect(tallied([pending("mail_throttled", NOW + 5), pending("paused", NOW + 9)]).heldUntil).toBeUndefined();
    expect(
      heldUntil({ state: "SENT", reason: "quiet-hours" }, { now: NOW, expiresAt: NOW + 1, dueAt: NOW }),
    ).toBeUndefined();
  });
});

describe("a send's words", () => {
  test.each([...refusalReasons, ...holdReasons])("the reason %s reads without knowing the code", (reason) => {
    expect(reasonWords(reason)).not.toBe(reason);
  });

  test.each(sendStates)("%s says why, with the detail that was kept", (state) => {
    expect(whyText({ state, detail: "the coupon is missing" }, "not-renderable")).toMatch(
      / ?\w+: the coupon is missing$/,
    );
    expect(whyText({ state }, "not-renderable")).toMatch(/^[a-z]/);
  });
});

describe("the words of a mail that waits", () => {
  const pending = { state: "PENDING" as const };
  test.each([
    ["paused", [], "the campaign was stopped when this was last looked at"],
    ["paused", ["account"], "all sending is stopped"],
    [undefined, ["campaign", "provider"], "the campaign is stopped and the provider has paused the account"],
    ["not-judged-yet", ["catalogue"], "the campaign is paused in its file"],
    [
      "quiet-hours",
      ["campaign"],
      "the campaign is stopped; besides, when last looked at: quiet hours where the person lives",
    ],
    ["too-late", ["campaign"], "waits, but too late by now to be worth sending: it will end as expired"],
  ] as [string | undefined, StoppedBy[], string][])("held for %s, and stopped today by %j", (reason, stops, words) => {
    expect(whyText(pending, reason, stops)).toBe(words);
  });

  test("no stop is told of a mail that left", () => {
    expect(whyText({ state: "SENT" }, undefined, ["account"])).toBe("left");
  });
});

describe("the words sends are asked for by", () => {
  test("are the states, in any case, and HELD for all that still wait", () => {
    const all: SendState[] = askedStates.flatMap((word) => statesAsked(word) ?? []);
    expect(new Set(all)).toEqual(new Set(sendStates));
    expect(statesAsked("sent")).toEqual(["SENT"]);
    expect(statesAsked("held")).toEqual(["PENDING", "CLAIMED"]);
    expect(statesAsked("sending")).toBeUndefined();
  });
});
