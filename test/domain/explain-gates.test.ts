// Guarantees of how gates are explained: in plain words, with what each looked at, in the order they are asked.
import { describe, expect, test } from "vitest";
import type { Campaign } from "../../shared/domain/campaign.ts";
import { askGates } from "../../shared/domain/explain-gates.ts";
import { gates } from "../../shared/domain/gate.ts";
import { HOUR_MS, iso, MINUTE_MS } from "../../shared/domain/instant.ts";
import { aCatalogue, days, NOW } from "../support/builders.ts";
import { address, claimed, facts, settings } from "../support/gate-facts.ts";

const campaign = (body = {}) =>
  aCatalogue({ campaigns: [{ campaign: "offer", on: { event: "lead.created" }, ...body }] }).campaigns.get(
    "offer",
  ) as Campaign;
const views = (changes: Parameters<typeof facts>[0], body = {}, now = NOW) =>
  askGates(campaign(body), { profileId: "p1", facts: facts(changes), globalHoldout: 0, now });
const viewOf = (gate: string, changes: Parameters<typeof facts>[0], body = {}) =>
  views(changes, body).find((view) => view.gate === gate);

describe("an explanation of the gates", () => {
  test("asks every gate in its order, and each has something to say", () => {
    const told = views({});
    expect(told.map(({ gate }) => gate)).toEqual(Object.keys(gates));
    expect(told.filter(({ says, answer }) => says === "" || answer !== "pass")).toEqual([]);
  });

  test.each([
    [{ campaign: { at: NOW, by: "operator" } }, "paused", `the campaign was stopped on ${iso(NOW)}`],
    [
      { account: { at: NOW, by: "automatic", reason: "5 % bounced" } },
      "account-paused",
      `all mails were stopped by Relance itself on ${iso(NOW)}: 5 % bounced`,
    ],
    [
      { provider: { state: "paused", at: NOW } },
      "account-paused",
      `the mail provider has let nothing leave since ${iso(NOW)}`,
    ],
    [
      { provider: { state: "sandbox", at: NOW } },
      undefined,
      "nothing is stopped, but in its sandbox the mail provider sends to verified addresses only",
    ],
  ] as const)("switch: %j", (stop, reason, says) => {
    const view = viewOf("stop", { stop });
    expect(view).toMatchObject({ says, answer: reason === undefined ? "pass" : "hold" });
    expect(view?.reason).toBe(reason);
    expect(view).not.toHaveProperty("until");
  });

  test.each([
    [true, "the e-mail trait is no address mail can go to"],
    [false, "there is no e-mail trait"],
  ])("without an address: whether there is an e-mail trait (%s), never what it says", (hasEmailTrait, says) => {
    const asking = { profileId: "p1", facts: facts({ email: undefined }), globalHoldout: 0, hasEmailTrait, now: NOW };
    const view = askGates(campaign(), asking).find(({ gate }) => gate === "address");
    expect(view).toEqual({ gate: "address", answer: "refuse", reason: "no-address", says });
  });

  test("a used up quota says when it is asked again", () => {
    const until = iso(NOW + HOUR_MS);
    expect(viewOf("stop", { stop: { quotaUntil: NOW + HOUR_MS } })).toMatchObject({
      answer: "hold",
      until,
      says: `the mail provider's daily quota is used up, asked again at ${until}`,
    });
    expect(viewOf("stop", { stop: { quotaUntil: NOW } })).toMatchObject({ says: "nothing is stopped" });
  });

  test("without a word on consent, what the mail rests on, and where", () => {
    const basis = {
      marketing: { default: "consent" as const, byCountry: { CH: "legitimate-interest" as const } },
      "open-tracking": { default: "consent" as const, byCountry: {} },
    };
    const nothing = "nobody has said anything about marketing mail yet";
    const changes = { consent: undefined, settings: settings({ consent: { basis } }) };
    expect(viewOf("consent", changes)).toMatchObject({ answer: "refuse", says: nothing });
    expect(viewOf("consent", { ...changes, country: "CH" })).toMatchObject({
      answer: "pass",
      says: `${nothing}, and in CH it rests on legitimate interest as long as nobody objects`,
    });
    basis.marketing.default = "legitimate-interest" as never;
    expect(viewOf("consent", changes)).toMatchObject({
      says: `${nothing}, and where the country is not known it rests on legitimate interest as long as nobody objects`,
    });
  });

  test("a pause says until when, and one that is over nothing", () => {
    const until = NOW + days(3);
    const view = (at: number) => viewOf("person-pause", { address: address({ pauses: { marketing: at } }) });
    expect(view(until)).toMatchObject({ answer: "refuse", reason: "person-paused" });
    expect(view(until)).toMatchObject({ says: `the person asked for no marketing mail until ${iso(until)}` });
    expect(view(NOW)).toMatchObject({ answer: "pass", says: "the person has not asked for a pause" });
    expect(viewOf("person-pause", { address: address({ pauses: { marketing: NOW + HOUR_MS } }) })).toMatchObject({
      answer: "hold",
      until: iso(NOW + HOUR_MS),
    });
  });

  test("quiet hours say the local time and when mails leave again", () => {
    const night = settings({ quietHours: { marketing: { from: "10:00", to: "12:00" } } });
    const head = "mails wait from 10:00 to 12:00 where the reader lives";
    expect(viewOf("quiet-hours", { settings: night })).toMatchObject({
      answer: "hold",
      reason: "quiet-hours",
      says: `${head} (Europe/Paris); now 11:00, next at ${iso(NOW + HOUR_MS)}`,
    });
    expect(viewOf("quiet-hours", { settings: night, zone: "America/New_York" })).toMatchObject({
      answer: "pass",
      says: `${head} (America/New_York); now 05:00`,
    });
    expect(viewOf("quiet-hours", { settings: night }, { purpose: "service" })?.says).toBe(
      "service mails leave at any hour",
    );
  });

  test("the existing-customer exception says whom it is for, and why it does or does not apply", () => {
    const allowed = settings({ existingCustomers: { within: "30 days", countries: ["FR", "BE"] } });
    const silent = { consent: undefined, settings: allowed };
    const head = "nobody has said anything about marketing mail yet";
    const bought = iso(NOW - days(1));
    const says = (changes: Parameters<typeof facts>[0]) => viewOf("consent", { ...silent, ...changes })?.says;
    expect(says({ settings: settings() })).toBe(head);
    expect(says({ country: "FR", lastPurchaseAt: NOW - days(1) })).toBe(
      `${head}, but customers of the last 30 days in FR, BE may be written to; bought last on ${bought}`,
    );
    expect(says({ lastPurchaseAt: NOW - days(1) })).toBe(
      `${head}, and is no customer of the last 30 days in FR, BE: bought last on ${bought}, lives in a country nobody knows`,
    );
    expect(says({ country: "CH" })).toBe(
      `${head}, and is no customer of the last 30 days in FR, BE: never bought, lives in CH`,
    );
  });

  test("priority names the mail that goes first", () => {
    const waiting = [{ sendId: "other", priority: "high" as const, dueAt: NOW + MINUTE_MS }];
    expect(viewOf("priority", { address: address({ waiting }) })).toMatchObject({
      answer: "hold",
      reason: "priority",
      says: `a mail of high priority to the address goes first, due ${iso(NOW + MINUTE_MS)}`,
    });
  });

  test("the cap counts as the gate does, service mails where they have one", () => {
    const known = { address: claimed(NOW, NOW - days(1), NOW - days(8)) };
    expect(viewOf("frequency-cap", known)).toMatchObject({ answer: "pass", says: "2 of 3 within 7 days" });
    const service = { max: 1, within: "1 day" };
    const both = { settings: settings({ frequencyCap: { ...settings().frequencyCap, service } }) };
    expect(viewOf("frequency-cap", both, { purpose: "service" })?.says).toBe("0 of 1 within 1 day");
    expect(viewOf("frequency-cap", known, { purpose: "service" })?.says).toBe("service mails are not counted");
  });

  test("a ceiling says how full the day is, and when the next one begins", () => {
    const endsAt = NOW + HOUR_MS;
    const ceilings = { campaignCeiling: { used: 5, most: 5, endsAt }, accountCeiling: { used: 5, most: 9, endsAt } };
    expect(viewOf("campaign-ceiling", ceilings)).toMatchObject({
      answer: "hold",
      until: iso(endsAt),
      says: `the campaign: 5 of 5 mails today, free again at ${iso(endsAt)}`,
    });
    expect(viewOf("account-ceiling", ceilings)).toMatchObject({
      answer: "pass",
      says: "all campaigns together: 5 of 9 mails today",
    });
  });
});
