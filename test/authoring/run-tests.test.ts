// Guarantees of the tests that marketers write: they hold when the campaign does what they say, and else tell what happened.
import { describe, expect, test } from "vitest";
import { readMarketing } from "../../shared/authoring/read-folder.ts";
import { errorsIn, problemText } from "../../shared/authoring/source-problem.ts";
import { runTests, type TestResult } from "../../shared/authoring/tests/run-tests.ts";
import { aFolder, type Changes, compiledBefore, SETTINGS, sections } from "./a-folder.ts";

const CART = `campaign: cart
title: Cart
on: { event: cart.updated, key: cart_id }
sendBefore: 12 hours
steps:
  - { id: until, wait: { event: purchase.completed, key: cart_id, timeout: 4 hours, onEvent: exit } }
  - { id: remind, send: reminder }
  - { id: tell, emit: cart.abandoned, properties: { amount: { property: amount } } }
  - { id: mark, update: { forgetful: true } }
`;
const SPLIT = `campaign: two
title: Two
on: { event: lead.created }
holdout: 100
audience: { bucket: spring, lt: 50 }
steps:
  - id: which
    split:
      - { arm: a, share: 90, steps: [{ id: first, send: greeting }] }
      - { arm: b, share: 10, steps: [{ id: second, send: greeting }] }
`;
const FILES: Changes = {
  "facts.yaml":
    "traits: { points: number }\nevents:\n  cart.updated: { cart_id: text, amount: money, note: text }\n  purchase.completed: { cart_id: text }\n",
  "campaigns/hello.yaml":
    "campaign: hello\ntitle: h\non: { event: lead.created }\nsteps: [{ id: say-hello, send: greeting }]\n",
  "campaigns/cart.yaml": CART,
  "segments/buyers.yaml": "segment: buyers\ntitle: b\nwhere: { did: purchase.completed }\n",
  "segments/quiet.yaml": "segment: quiet\ntitle: q\nwhere: { didNot: purchase.completed, for: 60 days }\n",
  "templates/reminder/template.yaml":
    "template: reminder\nsubject: { fr: \"Votre panier, {{ profile.firstName | default: 'vous' }}\", en: Your cart }\n",
  "templates/reminder/fr.mjml": sections("x"),
  "templates/reminder/en.mjml": sections("x"),
};

async function ran(text: string, changes: Changes = {}): Promise<TestResult[]> {
  const folder = await aFolder({ ...FILES, ...changes, "campaigns/x.test.yaml": text });
  const { definitions, facts, tests, problems } = await readMarketing(folder, { cache: compiledBefore, shownAs: "m" });
  expect(errorsIn(problems).map(problemText)).toEqual([]);
  return runTests(tests, definitions, facts);
}

/** What fails, as "line:column: message"; the text must hold one test. */
async function failures(text: string, changes: Changes = {}): Promise<string[]> {
  const [result] = await ran(text, changes);
  return (result as TestResult).failures.map(({ line, column, message }) => `${line}:${column}: ${message}`);
}

const LEAD = "test: t\ngiven:\n  - { at: 2026-03-02 10:00, event: lead.created }\n";
const CART_AT_TEN =
  "test: t\ngiven:\n  - { at: 2026-03-02 10:00, event: cart.updated, properties: { cart_id: c, amount: 80 EUR } }\n";

describe("mails", () => {
  test.each([
    ["at the minute", "{ at: 2026-03-02 10:00, sent: hello/say-hello }"],
    ["on the day", "{ at: 2026-03-02, sent: hello/say-hello }"],
    ["in another zone", "{ at: 2026-03-02T09:00:00Z, sent: hello/say-hello }"],
    ["at any time, with its subject", "{ sent: hello/say-hello, subject: Bonjour }"],
    ["with something it says", "{ sent: hello/say-hello, says: Bye <https }"],
  ])("what was sent may be expected %s", async (_, expected) => {
    expect(await failures(`${LEAD}expect: [${expected}]\n`)).toEqual([]);
  });

  test("at another time it is told when", async () => {
    expect(await failures(`${LEAD}expect: [{ at: 2026-03-02 11:00, sent: hello/say-hello }]\n`)).toEqual([
      "4:34: hello/say-hello was to be sent at 2026-03-02 11:00, but it was sent at 2026-03-02 10:00",
    ]);
  });

  test("another subject, and words that are not there", async () => {
    expect(await failures(`${LEAD}expect: [{ sent: hello/say-hello, subject: Salut, says: Adieu }]\n`)).toEqual([
      '4:35: the subject is "Bonjour", not "Salut"',
      '4:51: the text does not say "Adieu":\nBye <https://unsubscribe.example/u>',
    ]);
  });

  test("a mail that was not expected fails the test", async () => {
    const twice = `${LEAD}  - { at: +1 hour, event: cart.updated, properties: { cart_id: c } }\nexpect: [{ sent: hello/say-hello }]\n`;
    expect(await failures(twice)).toEqual([
      "5:1: cart/remind was sent at 2026-03-02 15:00, which is not expected; expect it too, or name the campaign that this test is about",
    ]);
    expect(await failures(`campaign: hello\n${twice}`)).toEqual([]);
  });

  test("nothing means no mail at all, up to 30 days later", async () => {
    expect(await failures(`${LEAD}expect: [{ nothing: true }]\n`)).toEqual([
      "4:12: hello/say-hello was sent at 2026-03-02 10:00, which is not expected",
    ]);
    const late =
      FILES["campaigns/hello.yaml"]?.toString().replace("steps: [", "steps: [{ id: w, wait: 29 days }, ") ?? "";
    const files = { "campaigns/hello.yaml": late };
    expect(await failures(`${LEAD}expect: [{ nothing: true }]\n`, files)).toHaveLength(1);
    expect(await failures(`${LEAD}expect: [{ nothing: true }]\nuntil: 28 days\n`, files)).toEqual([]);
    expect(await failures(`${LEAD}expect: [{ nothing: true }]\nuntil: 2026-03-30\n`, files)).toEqual([]);
    expect(await failures(`${LEAD}expect: [{ nothing: true }]\nuntil: 2026-03-31\n`, files)).toHaveLength(1);
  });

  test("a test about memberships alone does not have to list mails", async () => {
    expect(await failures(`${LEAD}expect: [{ at: 2026-03-03, in: [leads], notIn: [buyers] }]\n`)).toEqual([]);
  });

  test("a mail is written in the person's language", async () => {
    const who = "profile: { email: a@b.example, locale: en-GB, consent: { marketing: granted } }\n";
    expect(await failures(`${who}${LEAD}expect: [{ sent: hello/say-hello, subject: Hello }]\n`)).toEqual([]);
  });

  test("a mail that could not be written fails, unless that is expected", async () => {
    const template = {
      "templates/greeting/template.yaml": 'template: greeting\nsubject: { fr: "{{ profile.country }}", en: Hi }\n',
    };
    expect(await failures(`${LEAD}expect: [{ sent: hello/say-hello }]\n`, template)).toEqual([
      "4:12: hello/say-hello was to be sent, but it was refused at 2026-03-02 10:00: not-renderable (subject: profile.country has no value here; guard it with {% if profile.country %} or give it a default)",
    ]);
    expect(await failures(`${LEAD}expect: [{ at: 2026-03-02, in: [leads] }]\n`, template)).toEqual([
      "4:1: hello/say-hello could not be written at 2026-03-02 10:00: subject: profile.country has no value here; guard it with {% if profile.country %} or give it a default",
    ]);
    const expected = "expect: [{ refused: hello/say-hello, reason: not-renderable }]\n";
    expect(await failures(`${LEAD}${expected}`, template)).toEqual([]);
  });
});

describe("refusals", () => {
  test("by a gate, with the reason", async () => {
    const who = "profile: { email: a@b.example }\n";
    expect(await failures(`${who}${LEAD}expect: [{ refused: hello/say-hello, reason: consent-unknown }]\n`)).toEqual(
      [],
    );
    expect(await failures(`${who}${LEAD}expect: [{ refused: hello/say-hello, reason: suppressed }]\n`)).toEqual([
      "5:12: hello/say-hello was to be refused (suppressed), but it was refused at 2026-03-02 10:02: consent-unknown",
    ]);
  });

  test("by the frequency cap, which waits first and counts all campaigns", async () => {
    const given = [1, 2, 3, 4].map(
      (n) => `  - { at: 2026-03-02 0${n}:00, event: cart.updated, properties: { cart_id: c${n}, amount: 1 EUR } }\n`,
    );
    const sent = [5, 6, 7].map((hour) => `{ at: 2026-03-02 0${hour}:00, sent: cart/remind }`);
    const text = `test: t\ngiven:\n${given.join("")}expect: [${sent.join(", ")}, { refused: cart/remind, reason: frequency-cap }]\n`;
    expect(await failures(text)).toEqual([]);
  });

  test("before the entry, with the clause that decided", async () => {
    const audience = {
      "campaigns/hello.yaml": `${FILES["campaigns/hello.yaml"]}audience: { all: [{ trait: country, eq: FR }] }\n`,
    };
    const who = "profile: { email: a@b.example, country: BE, consent: { marketing: granted } }\n";
    expect(await failures(`${who}${LEAD}expect: [{ refused: hello, reason: audience }]\n`, audience)).toEqual([]);
    expect(await failures(`${who}${LEAD}expect: [{ sent: hello/say-hello }]\n`, audience)).toEqual([
      "5:12: hello/say-hello was to be sent, but hello was not entered: audience (audience.all[0] found BE) at 2026-03-02 10:00",
    ]);
  });
});

test("a campaign that was entered although it was to be refused", async () => {
  expect(await failures(`${LEAD}expect: [{ refused: hello, reason: audience }, { sent: hello/say-hello }]\n`)).toEqual([
    "4:12: hello was to be refused (audience), but it was entered at 2026-03-02 10:00",
  ]);
});

describe("why something expected did not come", () => {
  test.each([
    ["nothing triggered it", LEAD, "cart/remind was to be sent, but nothing triggered it"],
    [
      "the run ended before",
      `${CART_AT_TEN}  - { at: +3 hours, event: purchase.completed, properties: { order_id: o, cart_id: c } }\n`,
      "cart/remind was to be sent, but cart ended without it: event-came at 2026-03-02 13:00",
    ],
    [
      "the test ended before",
      `until: 1 hour\n${CART_AT_TEN}`,
      "cart/remind was to be sent, but cart, entered at 2026-03-02 10:00, did not get there in time; see until:",
    ],
  ])("%s", async (_, story, message) => {
    const found = await failures(`campaign: cart\n${story}expect: [{ sent: cart/remind }]\n`);
    expect(found.map((failure) => failure.replace(/^\d+:\d+: /, ""))).toEqual([message]);
  });
});

describe("the story", () => {
  test("relative times count from the line above, and in the shop's zone days have their own length", async () => {
    const text = `test: t
given:
  - { at: 2026-03-28 10:00, event: cart.updated, properties: { cart_id: a } }
  - { at: +30 minutes, event: cart.updated, properties: { cart_id: b } }
expect:
  - { at: 2026-03-28 14:00, sent: cart/remind }
  - { at: +30 minutes, sent: cart/remind }
`;
    expect(await failures(text)).toEqual([]);
  });

  test("history is known and triggers nothing", async () => {
    const text = `test: t
history:
  - { at: 2026-01-05 09:00, event: Order Completed, properties: { order_id: o, total: 80, currency: EUR } }
  - { at: 2026-01-05 09:00, event: lead.created }
from: 2026-03-02
expect:
  - { at: 2026-03-02, in: [buyers, leads], notIn: [quiet] }
  - { at: 2026-03-07, in: [quiet] }
  - { nothing: true }
`;
    expect(await failures(text)).toEqual([]);
  });

  test("a birthday comes without an event", async () => {
    const birthday =
      "campaign: bday\ntitle: b\non: { event: birthday.reached, key: year }\nsteps: [{ id: wish, send: greeting }]\n";
    const text = `test: t
profile: { email: a@b.example, birthday: 1990-05-01, timezone: America/New_York, consent: { marketing: granted } }
from: 2026-04-01
expect: [{ at: 2026-05-01T13:00:00Z, sent: bday/wish }]
`;
    expect(await failures(text, { "campaigns/bday.yaml": birthday })).toEqual([]);
  });

  test("amounts are written as in rules; where a text is known to be one it stays", async () => {
    const rules = {
      "segments/buyers.yaml":
        'segment: buyers\ntitle: b\nwhere: { all: [{ sum: cart.updated, of: amount, gte: "80 EUR" }, { did: cart.updated, where: { property: note, eq: "80 EUR" } }] }\n',
    };
    const text =
      "test: t\ngiven: [{ at: 2026-03-02, event: cart.updated, properties: { cart_id: c, amount: 80 EUR, note: 80 EUR } }]\nexpect: [{ at: +1 minutes, in: [buyers] }]\n";
    expect(await failures(text, rules)).toEqual([]);
  });

  test("what steps tell can be expected", async () => {
    const expected = (amount: string, forgetful: string) =>
      `campaign: cart\n${CART_AT_TEN}expect:\n  - { at: 2026-03-02 14:00, sent: cart/remind }\n  - { at: 2026-03-02 14:00, emitted: cart.abandoned, properties: { amount: ${amount} } }\n  - { at: 2026-03-02 14:00, traits: { forgetful: ${forgetful}, points: null } }\n`;
    expect(await failures(expected("80 EUR", "true"))).toEqual([]);
    expect(await failures(expected("70 EUR", "false"))).toEqual([
      "7:68: amount is 80.00 EUR, not 70 EUR",
      "8:39: forgetful is true, not false",
    ]);
  });

  test("memberships are those at the instant", async () => {
    const text = (at: string) =>
      `${LEAD}  - { at: +1 day, event: purchase.completed, properties: { order_id: o } }\nexpect: [{ at: ${at}, in: [buyers] }]\n`;
    expect(await failures(text("2026-03-03 10:00"))).toEqual([]);
    expect(await failures(text("2026-03-03 09:59"))).toEqual(["5:39: is not in buyers at 2026-03-03 09:59"]);
    expect(await failures(`${LEAD}expect: [{ at: 2026-03-03, notIn: [leads] }]\n`)).toEqual([
      "4:36: is in leads at 2026-03-03 12:00, since 2026-03-02 10:00",
    ]);
  });

  test("arms and lots are those the test wants, and nobody is held out", async () => {
    const files = { "campaigns/two.yaml": SPLIT, "campaigns/hello.yaml": undefined };
    const text = (arm: string, number: number, expected: string) =>
      `${LEAD}splits: { which: ${arm} }\nbuckets: { spring: ${number} }\nexpect: [${expected}]\n`;
    expect(await failures(text("a", 3, "{ sent: two/first }"), files)).toEqual([]);
    expect(await failures(text("b", 49, "{ sent: two/second }"), files)).toEqual([]);
    expect(await failures(text("b", 50, "{ refused: two, reason: audience }"), files)).toEqual([]);
  });

  test("what a test says of consent is believed, whatever sources the shop believes", async () => {
    const files = { "relance.yaml": `${SETTINGS}consent: { systems: [till] }\n` };
    expect(await failures(`${LEAD}expect: [{ sent: hello/say-hello }]\n`, files)).toEqual([]);
    const denied = `${LEAD}profile: { email: a@example.com, consent: { marketing: denied } }\n`;
    const refused = "expect: [{ refused: hello/say-hello, reason: consent-denied }]\n";
    expect(await failures(denied + refused, files)).toEqual([]);
  });
});

test("the arms of several splits are had together", async () => {
  const way = (step: string) =>
    `{ id: ${step}, split: [{ arm: a, share: 1, steps: [{ id: ${step}a, send: greeting }] }, { arm: b, share: 1, steps: [{ id: ${step}b, send: greeting }] }] }`;
  const campaign = `campaign: two\ntitle: Two\non: { event: lead.created }\nsteps: [${["s", "t", "u"].map(way).join(", ")}]\n`;
  for (const arms of ["aaa", "aab", "bab", "bbb"]) {
    const [s, t, u] = arms;
    const text = `${LEAD}campaign: two\nsplits: { s: ${s}, t: ${t}, u: ${u} }\nexpect: [{ sent: two/s${s} }, { sent: two/t${t} }, { sent: two/u${u} }]\n`;
    expect(await failures(text, { "campaigns/two.yaml": campaign, "campaigns/hello.yaml": undefined })).toEqual([]);
  }
});

describe("a result", () => {
  test("names each test of a file with its line", async () => {
    const results = await ran(
      `${LEAD}expect: [{ sent: hello/say-hello }]\n---\n${LEAD.replace("t\n", "another\n")}expect: [{ nothing: true }]\n`,
    );
    expect(results.map(({ test: name, file, line, passed }) => ({ name, file, line, passed }))).toEqual([
      { name: "t", file: "m/campaigns/x.test.yaml", line: 1, passed: true },
      { name: "another", file: "m/campaigns/x.test.yaml", line: 6, passed: false },
    ]);
  });

  test("of a failing test holds both sides, and every decision in order", async () => {
    const who = "profile: { email: a@b.example }\n";
    const [result] = await ran(`${who}${CART_AT_TEN}expect: [{ at: 2026-03-02 14:00, sent: cart/remind }]\n`);
    expect(result?.diff).toEqual([
      "- 2026-03-02 14:00  sent     cart/remind",
      "+ 2026-03-02 14:00  refused  cart/remind (consent-unknown)",
    ]);
    expect(result?.timeline).toEqual([
      "2026-03-02 09:59  profile.identified arrives { traits: { email: a@b.example } } (known before, of 2026-03-02 09:59)",
      "2026-03-02 09:59  enters the segment quiet",
      "2026-03-02 10:00  cart.updated arrives { cart_id: c, amount: 80.00 EUR }",
      "2026-03-02 10:00  cart waits for what may still be under way (an address, consent), until 2026-03-02 10:02",
      "2026-03-02 10:02  cart is entered",
      "2026-03-02 10:02  cart waits at until, until 2026-03-02 14:00 at most",
      "2026-03-02 14:00  cart.abandoned { amount: 80.00 EUR }",
      "2026-03-02 14:00  profile.identified { forgetful: true }",
      "2026-03-02 14:00  cart ends: completed",
      "2026-03-02 14:00  refused  cart/remind (consent-unknown)",
    ]);
  });

  test("is the same however often it is run", async () => {
    const text = `${CART_AT_TEN}expect: [{ sent: cart/remind }]\n`;
    expect(await ran(text)).toEqual(await ran(text));
  });
});
