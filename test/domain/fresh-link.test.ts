// Guarantees of fresh links: who asked has one for a day, to the millisecond; and which campaigns mail one to everybody who asks.
import { expect, test } from "vitest";
import { freshness, isFresh, mailsFreshLinks } from "../../shared/domain/fresh-link.ts";
import { DAY_MS } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { aCatalogue } from "../support/builders.ts";

const SENT = Date.parse("2026-03-02T08:00:00Z");
const link = { profileId: "p1", sendId: "s1", expiresAt: SENT + 90 * DAY_MS };

test("the link of a mail that answers a request is fresh for a day", () => {
  const asked = { ...link, ...freshness("preferences.requested", SENT) };
  expect([SENT, SENT + DAY_MS - 1, SENT + DAY_MS].map((now) => isFresh(asked, now))).toEqual([true, true, false]);
});

test.each([["lead.created"], ["schedule.occurred"], [undefined]])("that of a mail because of %s never is", (cause) => {
  expect(freshness(cause, SENT)).toEqual({});
  expect(isFresh({ ...link, ...freshness(cause, SENT) }, SENT)).toBe(false);
});

const on = { event: "preferences.requested" };
const steps = [{ id: "send-it", send: "preferences-link" }];
const complete = { on, purpose: "service", reentry: "always", steps };

/** Whether a catalogue of such campaigns mails one to everybody. */
const mails = (...changes: JsonObject[]) =>
  mailsFreshLinks(
    aCatalogue({ campaigns: changes.map((change, index) => ({ ...complete, campaign: `c-${index}`, ...change })) }),
  );

test.each([
  ["a live service campaign that answers every request", {}],
  ["one that answers again while the earlier link is fresh", { reentry: "after 24 hours" }],
  ["one that sends after other steps", { steps: [{ id: "mark", update: { asked: true } }, ...steps] }],
])("everybody who asks is mailed one by %s", (_, changes) => {
  expect(mails(changes)).toBe(true);
});

test.each([
  ["is paused", { status: "paused" }],
  ["is archived", { status: "archived" }],
  ["starts on something else", { on: { event: "lead.created" } }],
  ["is about some requests only", { on: { ...on, where: { property: "kind", eq: "export" } } }],
  ["is for some people only", { audience: { trait: "country", eq: "FR" } }],
  ["needs a consent", { purpose: "marketing" }],
  ["holds some people out", { holdout: 10 }],
  ["answers once", { reentry: "never" }],
  ["answers again when the earlier link is not fresh any more", { reentry: "after 25 hours" }],
  ["sends nothing", { steps: [{ id: "mark", update: { asked: true } }] }],
])("nobody can count on a campaign that %s", (_, changes) => {
  expect(mails(changes)).toBe(false);
  expect(mails(changes, {})).toBe(true);
});

test("nor on none at all", () => {
  expect(mails()).toBe(false);
});
