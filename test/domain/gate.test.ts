// Guarantees of the gate: who says yes, later or no, in which order, at which exact instant; every reason can be reached.
import { describe, expect, test } from "vitest";
import type { Priority } from "../../shared/domain/campaign.ts";
import { gate, gates } from "../../shared/domain/gate.ts";
import type { Ceiling, GateFacts, GateResult } from "../../shared/domain/gate-facts.ts";
import { HOUR_MS, type Instant, MINUTE_MS } from "../../shared/domain/instant.ts";
import { holdReasons, refusalReasons, type Send } from "../../shared/domain/send.ts";
import type { StopState } from "../../shared/domain/stop.ts";
import { days, NOW } from "../support/builders.ts";
import { address, aSend, cap, claimed, facts, GRANTED, refused, settings } from "../support/gate-facts.ts";

const CLAIM = { kind: "claim" };
const denied = { ...GRANTED, state: "denied" } as const;
const stop = { at: NOW, by: "operator" } as const;
const night = { quietHours: { marketing: { from: "10:00", to: "12:00" } } };
const waiting = (priority: Priority, dueAt: Instant, sendId = "other") =>
  address({ waiting: [{ sendId, priority, dueAt }] });
const full: Ceiling = { used: 2, most: 2, endsAt: NOW + HOUR_MS };
type Changes = Parameters<typeof facts>[0];
const asked = (changes: Changes = {}, send: Partial<Send> = {}, now = NOW): GateResult =>
  gate(aSend(send), facts(changes), now);

describe("the gate", () => {
  test("lets a marketing mail with consent and room under the cap pass", () => {
    expect(asked()).toEqual(CLAIM);
  });

  test.each([
    ["no address", "no-address", { email: undefined }, {}],
    ["no word on consent", "consent-unknown", { consent: undefined }, {}],
    ["consent denied", "consent-denied", { consent: denied }, {}],
    ["a hard bounce", "suppressed", { address: address({ suppressions: { bounce: NOW } }) }, {}],
    ["a complaint", "suppressed", { address: address({ suppressions: { complaint: NOW } }) }, {}],
    ["a word of an operator", "suppressed", { address: address({ suppressions: { operator: NOW } }) }, {}],
    ["an opt-out of marketing", "opted-out", { address: address({ optOuts: { marketing: NOW } }) }, {}],
    ["an archived campaign", "archived", { campaignStatus: "archived" }, {}],
    ["its time over", "expired", {}, { expiresAt: NOW }],
  ] as [string, string, Changes, Partial<Send>][])("refuses on %s", (...[_what, reason, changes, send]) => {
    expect(asked(changes, send)).toEqual(refused(reason));
  });

  test("a send is worth making until the last millisecond before it expires", () => {
    expect(asked({}, { expiresAt: NOW + 1 })).toEqual(CLAIM);
    expect(asked({}, { expiresAt: NOW })).toEqual(refused("expired"));
  });

  test("a service mail needs no consent, knows no marketing cap, and an opt-out of marketing does not stop it", () => {
    const changes = { consent: undefined, settings: cap(1, "7 days") };
    const loud = { ...claimed(NOW - 1), optOuts: { marketing: NOW } };
    expect(asked({ ...changes, address: loud }, { purpose: "service" })).toEqual(CLAIM);
  });

  test("but nothing goes to an address that bounced, complained or wants no mail at all", () => {
    for (const reason of ["bounce", "complaint", "unsubscribe-all"] as const) {
      const stopped = address({ suppressions: { [reason]: NOW } });
      expect(asked({ address: stopped }, { purpose: "service" })).toEqual(refused("suppressed"));
    }
  });

  test("asks in one order, and the first no is the reason", () => {
    expect(Object.keys(gates)).toEqual([
      "expiry",
      "campaign",
      "stop",
      "consent",
      "address",
      "suppression",
      "person-pause",
      "quiet-hours",
      "priority",
      "frequency-cap",
      "campaign-ceiling",
      "account-ceiling",
      "holdout",
    ]);
    // Everything is wrong; one thing after another is put right, in the order of the gates.
    const soon = { expiresAt: NOW + 1 };
    let changes: Changes = {
      campaignStatus: "archived",
      stop: { campaign: stop },
      consent: undefined,
      email: undefined,
      address: {
        ...claimed(NOW, NOW, NOW),
        suppressions: { bounce: NOW },
        optOuts: { marketing: NOW },
        pauses: { marketing: NOW + days(30) },
        waiting: [{ sendId: "other", priority: "high", dueAt: NOW }],
      },
      settings: settings(night),
      campaignCeiling: full,
      accountCeiling: full,
    };
    const mended: [string, (known: GateFacts["address"]) => Changes][] = [
      ["archived", () => ({ campaignStatus: "paused" })],
      ["paused", () => ({ campaignStatus: "live" })],
      ["paused", () => ({ stop: { account: stop } })],
      ["account-paused", () => ({ stop: { quotaUntil: NOW + 5 } })],
      ["daily-quota", () => ({ stop: undefined })],
      ["consent-unknown", () => ({ consent: denied })],
      ["consent-denied", () => ({ consent: GRANTED })],
      ["no-address", () => ({ email: "zoe@example.com" })],
      ["suppressed", (known) => ({ address: { ...known, suppressions: {} } })],
      ["opted-out", (known) => ({ address: { ...known, optOuts: {} } })],
      ["person-paused", (known) => ({ address: { ...known, pauses: {} } })],
      ["quiet-hours", () => ({ settings: settings() })],
      ["priority", (known) => ({ address: { ...known, waiting: [] } })],
      ["frequency-cap", (known) => ({ address: { ...known, claims: [] } })],
      ["campaign-ceiling", () => ({ campaignCeiling: undefined })],
      ["account-ceiling", () => ({ accountCeiling: undefined })],
    ];
    expect(asked(changes, { expiresAt: NOW })).toEqual(refused("expired"));
    for (const [reason, mend] of mended) {
      expect(asked(changes, soon)).toMatchObject({ reason });
      changes = { ...changes, ...mend(changes.address as GateFacts["address"]) };
    }
    expect(asked(changes, { ...soon, arm: "holdout" })).toEqual(refused("holdout"));
    expect(asked(changes, soon)).toEqual(CLAIM);
  });

  test("who is held out passes the same gates, ceilings apart, and is refused last", () => {
    const heldOut = { arm: "global-holdout" } as const;
    expect(asked({ consent: undefined }, heldOut)).toEqual(refused("consent-unknown"));
    expect(asked({ settings: settings(night) }, heldOut)).toMatchObject({ kind: "hold", reason: "quiet-hours" });
    expect(asked({ address: claimed(NOW, NOW, NOW) }, heldOut)).toMatchObject({ reason: "frequency-cap" });
    expect(asked({ campaignCeiling: full, accountCeiling: full }, heldOut)).toEqual(refused("holdout"));
  });
});

describe("what is stopped", () => {
  test("a paused campaign holds its sends until it is live again, an archived one refuses them, service mails too", () => {
    expect(asked({ campaignStatus: "paused" })).toEqual({ kind: "hold", reason: "paused" });
    expect(asked({ campaignStatus: "archived" }, { purpose: "service" })).toEqual(refused("archived"));
  });

  test.each([
    ["the campaign's switch", { campaign: stop }, "paused"],
    ["the account's switch", { account: stop }, "account-paused"],
    ["the provider", { provider: { state: "paused", at: NOW } }, "account-paused"],
  ] as [string, StopState, string][])("%s holds every mail until somebody resumes", (_what, state, reason) => {
    expect(asked({ stop: state })).toEqual({ kind: "hold", reason });
    expect(asked({ stop: state }, { purpose: "service" })).toEqual({ kind: "hold", reason });
  });

  test("in the provider's sandbox the mailer decides", () => {
    expect(asked({ stop: { provider: { state: "sandbox", at: NOW } } })).toEqual(CLAIM);
  });

  test("a used up daily quota holds until it is asked again, or until the send expires", () => {
    const quota = { stop: { quotaUntil: NOW + HOUR_MS } };
    expect(asked(quota)).toEqual({ kind: "hold", until: NOW + HOUR_MS, reason: "daily-quota" });
    expect(asked(quota, { expiresAt: NOW + 5 })).toEqual({ kind: "hold", until: NOW + 5, reason: "daily-quota" });
    expect(asked(quota, {}, NOW + HOUR_MS)).toEqual(CLAIM);
  });
});

describe("customers who never spoke of consent", () => {
  const allowed = (countries?: string[]) => ({
    settings: settings({ existingCustomers: { within: "365 days", ...(countries && { countries }) } }),
  });
  const bought = { consent: undefined, lastPurchaseAt: NOW - days(364) };

  test.each([
    ["get nothing unless the shop says so", {}, "consent-unknown"],
    ["get marketing where it does", allowed(), "claim"],
    ["until their last purchase is too long ago", { ...allowed(), lastPurchaseAt: NOW - days(365) }, "consent-unknown"],
    ["not before they bought", { ...allowed(), lastPurchaseAt: undefined }, "consent-unknown"],
    ["in the countries it names", { ...allowed(["DE", "FR"]), country: "FR" }, "claim"],
    ["in no other", { ...allowed(["DE", "FR"]), country: "CH" }, "consent-unknown"],
    ["nor where nobody knows where they live", allowed(["FR"]), "consent-unknown"],
    ["and not after a no", { ...allowed(), consent: denied }, "consent-denied"],
    ["nor after an opt-out", { ...allowed(), address: address({ optOuts: { marketing: NOW } }) }, "opted-out"],
  ] as [string, Changes, string][])("%s", (_what, changes, expected) => {
    const result = asked({ ...bought, ...changes });
    expect("reason" in result ? result.reason : result.kind).toBe(expected);
  });
});

describe("the lawful basis", () => {
  type Bases = NonNullable<GateFacts["settings"]["consent"]>["basis"]["marketing"];
  const rests = (marketing: Bases) => ({
    consent: undefined,
    settings: settings({
      consent: { basis: { marketing, "open-tracking": { default: "consent", byCountry: {} } } },
    }),
  });
  const abroad = rests({ default: "consent", byCountry: { CH: "legitimate-interest" } });
  const mostly = rests({ default: "legitimate-interest", byCountry: { FR: "consent" } });

  test.each([
    ["is consent where nothing is configured", { consent: undefined, country: "CH" }, "consent-unknown"],
    ["may be the shop's own interest in a country", { ...abroad, country: "CH" }, "claim"],
    ["and nowhere else", { ...abroad, country: "FR" }, "consent-unknown"],
    ["nor where nobody knows the country", abroad, "consent-unknown"],
    ["or everywhere but in some countries", { ...mostly, country: "DE" }, "claim"],
    ["where the country is not known, the default", mostly, "claim"],
    ["but not in those", { ...mostly, country: "FR" }, "consent-unknown"],
    ["and not against a no", { ...mostly, consent: denied }, "consent-denied"],
    ["nor an opt-out of the address", { ...mostly, address: address({ optOuts: { marketing: NOW } }) }, "opted-out"],
  ] as [string, Changes, string][])("%s", (_what, changes, expected) => {
    const result = asked(changes);
    expect("reason" in result ? result.reason : result.kind).toBe(expected);
  });
});

describe("a pause that the person asked for", () => {
  const until = NOW + days(30);
  const paused = { address: address({ pauses: { marketing: until } }) };
  test("holds a mail until it ends, and refuses one that would be too late then", () => {
    expect(asked(paused, { expiresAt: until + 1 })).toEqual({ kind: "hold", until, reason: "person-paused" });
    expect(asked(paused, { expiresAt: until })).toEqual(refused("person-paused"));
    expect(asked(paused, { expiresAt: until + 1 }, until - 1)).toMatchObject({ reason: "person-paused" });
    expect(asked(paused, { expiresAt: until + 1 }, until)).toEqual(CLAIM);
  });

  test("is of its purpose: service mails go on", () => {
    expect(asked(paused, { purpose: "service" })).toEqual(CLAIM);
    expect(asked({ address: address({ pauses: { service: until } }) })).toEqual(CLAIM);
  });
});

describe("quiet hours", () => {
  const until = NOW + HOUR_MS;
  test("hold a mail until they end where the reader lives, and refuse one that would be too late then", () => {
    expect(asked({ settings: settings(night) })).toEqual({ kind: "hold", until, reason: "quiet-hours" });
    expect(asked({ settings: settings(night) }, {}, until)).toEqual(CLAIM);
    expect(asked({ settings: settings(night) }, { expiresAt: until + 1 })).toMatchObject({ kind: "hold" });
    expect(asked({ settings: settings(night) }, { expiresAt: until })).toEqual(refused("quiet-hours"));
    expect(asked({ settings: settings(night), zone: "America/New_York" })).toEqual(CLAIM);
  });

  test("are those of the mail's purpose", () => {
    expect(asked({ settings: settings(night) }, { purpose: "service" })).toEqual(CLAIM);
    const both = settings({ quietHours: { service: { from: "10:00", to: "11:30" } } });
    expect(asked({ settings: both }, { purpose: "service" })).toMatchObject({ until: NOW + HOUR_MS / 2 });
    expect(asked({ settings: both })).toEqual(CLAIM);
  });
});

describe("priority", () => {
  test.each([
    ["a more urgent one that is due now", "high", 0, true],
    ["one due in ten minutes", "high", 10 * MINUTE_MS, true],
    ["one due ten minutes ago, whose hand-out may have been lost", "high", -13 * MINUTE_MS, true],
    ["but not one due later", "high", 10 * MINUTE_MS + 1, false],
    ["nor one forgotten", "high", -13 * MINUTE_MS - 1, false],
    ["nor one as urgent", "normal", 0, false],
    ["nor a less urgent one", "low", 0, false],
  ] as [string, Priority, number, boolean][])("waits a minute for %s", (...[_what, priority, dueInMs, waits]) => {
    expect(asked({ address: waiting(priority, NOW + dueInMs) })).toEqual(
      waits ? { kind: "hold", until: NOW + MINUTE_MS, reason: "priority" } : CLAIM,
    );
  });

  test("a send does not wait for itself, nor when it has no minute left", () => {
    expect(asked({ address: waiting("high", NOW, "s0") })).toEqual(CLAIM);
    const rival = { address: waiting("normal", NOW) };
    expect(asked(rival, { priority: "low", expiresAt: NOW + MINUTE_MS + 1 })).toMatchObject({ kind: "hold" });
    expect(asked(rival, { priority: "low", expiresAt: NOW + MINUTE_MS })).toEqual(refused("priority"));
  });
});

describe("daily ceilings", () => {
  test.each([["campaign"], ["account"]] as const)("the %s's full day holds its sends until the next one", (whose) => {
    const key = whose === "campaign" ? "campaignCeiling" : "accountCeiling";
    const reason = `${whose}-ceiling`;
    const ceiling = { [key]: full };
    expect(asked(ceiling)).toEqual({ kind: "hold", until: full.endsAt, reason });
    expect(asked(ceiling, { purpose: "service" })).toMatchObject({ reason });
    expect(asked({ [key]: { ...full, used: 1 } })).toEqual(CLAIM);
    expect(asked(ceiling, { expiresAt: full.endsAt })).toEqual(refused(reason));
    expect(asked(ceiling, { expiresAt: full.endsAt + 1 })).toMatchObject({ kind: "hold" });
    expect(asked(ceiling, {}, full.endsAt)).toEqual(CLAIM);
  });
});

describe("every reason", () => {
  const soon = { expiresAt: NOW + 1 };
  const results = [
    asked({}, { expiresAt: NOW }),
    asked({}, { arm: "holdout" }),
    ...(["archived", "paused"] as const).map((campaignStatus) => asked({ campaignStatus })),
    ...[{ account: stop }, { quotaUntil: NOW + 1 }].map((state) => asked({ stop: state })),
    ...[undefined, denied].map((consent) => asked({ consent })),
    asked({ email: undefined }),
    asked({ address: address({ suppressions: { bounce: NOW } }) }),
    asked({ address: address({ optOuts: { marketing: NOW } }) }),
    ...[{}, soon].flatMap((send) => [
      asked({ address: address({ pauses: { marketing: NOW + HOUR_MS } }) }, send),
      asked({ settings: settings(night) }, send),
      asked({ address: waiting("high", NOW) }, send),
      asked({ address: claimed(NOW, NOW, NOW) }, send),
      asked({ campaignCeiling: full }, send),
      asked({ accountCeiling: full }, send),
    ]),
  ];
  const told = (kind: GateResult["kind"]) =>
    new Set(results.flatMap((result) => (result.kind === kind && "reason" in result ? [result.reason as string] : [])));

  test("of a refusal is some gate's answer, but for a template that lacks something", () => {
    expect([...told("refuse"), "not-renderable"].toSorted()).toEqual([...refusalReasons].toSorted());
  });

  test("of a hold is some gate's answer, but for the sandbox, which only the mailer knows", () => {
    expect([...told("hold"), "sandbox"].toSorted()).toEqual([...holdReasons].toSorted());
  });
});
