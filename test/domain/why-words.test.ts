// Guarantees of the words on why a mail came: true, whole, in both languages, whatever is missing of the story.
import { describe, expect, test } from "vitest";
import type { Trigger } from "../../shared/domain/campaign.ts";
import { type Ground, groundOf, marketingGrounds } from "../../shared/domain/ground.ts";
import { howText, type MailStory, purposesOffered, whyWords, wordAt } from "../../shared/domain/why-words.ts";

const AT = Date.parse("2026-03-01T23:30:00Z");
const fr = { language: "fr", zone: "Europe/Paris" } as const;
const en = { language: "en", zone: "America/New_York" } as const;
const aStory = (changes: Partial<MailStory> = {}): MailStory => ({
  title: "Welcome",
  sentAt: AT,
  purpose: "marketing",
  ground: "consent",
  cause: { type: "lead.created", at: AT },
  ...changes,
});

describe("why a mail came", () => {
  test("says days on the reader's own calendar", () => {
    expect(whyWords(aStory(), fr)[0]).toBe("« Welcome », envoyé le 2 mars 2026.");
    expect(whyWords(aStory(), en)[0]).toBe("“Welcome”, sent on 1 March 2026.");
  });

  test.each([
    ["consent", "accepté nos nouvelles", "you agreed"],
    ["existing-customer", "acheté chez nous", "you bought from us"],
    ["legitimate-interest", "intérêt légitime", "legitimate interest"],
    ["service", "pas une publicité", "no advertisement"],
  ] as [Ground, string, string][])("on the ground %s speaks of that alone", (ground, french, english) => {
    const others = [
      [/accepté/, /agreed/],
      [/acheté/, /bought/],
      [/légitime/, /legitimate/],
    ];
    expect(whyWords(aStory({ ground }), fr)[2]).toContain(french);
    expect(whyWords(aStory({ ground }), en)[2]).toContain(english);
    const said = others.filter(([inFrench]) => inFrench?.test(whyWords(aStory({ ground }), fr)[2]));
    expect(said).toHaveLength(ground === "service" ? 0 : 1);
  });

  test("tells when and how somebody agreed, in the means' own words", () => {
    const story = aStory({ consent: { at: AT - 86_400_000, how: "checkout checkbox" } });
    expect(whyWords(story, en)[2]).toContain("you agreed to hear from us on 28 February 2026 (“checkout checkbox”).");
    expect(howText("preference centre", fr)).toBe("cette page");
    expect(howText("constructor", fr)).toBe("« constructor »");
  });

  const segment = (change: "entered" | "left"): Trigger => ({ kind: "segment", change, segment: "vip" });
  test.each([
    [aStory(), "vous nous avez laissé votre adresse"],
    [
      aStory({ cause: { type: "quote.requested", at: AT } }),
      "il s’est passé ceci sur votre compte : « quote.requested »",
    ],
    [aStory({ cause: { type: "__proto__", at: AT } }), "« __proto__ »"],
    [
      aStory({ trigger: segment("entered"), segmentTitle: "Grands lecteurs" }),
      "entré(e) dans un groupe de clients, « Grands lecteurs »",
    ],
    [aStory({ trigger: segment("left") }), "quitté un groupe de clients, « vip »"],
    [aStory({ trigger: { kind: "schedule", schedule: { daily: "09:00" } } }), "une lettre à plusieurs lecteurs"],
  ])("says what had happened: %#", (story, part) => {
    expect(whyWords(story, fr)[1]).toContain(part);
  });
});

describe("what somebody had said when a mail was sent", () => {
  const words = [
    { purpose: "marketing", at: 10, state: "granted" as const },
    { purpose: "open-tracking", at: 15, state: "denied" as const },
    { purpose: "marketing", at: 20, state: "denied" as const },
  ];
  test.each([
    [9, undefined],
    [10, "granted"],
    [19, "granted"],
    [20, "denied"],
  ])("at %d was %s", (at, state) => {
    expect(wordAt(words, "marketing", at)?.state).toBe(state);
  });
});

test("everybody is asked about marketing and open tracking, and about what else was said of them", () => {
  expect(purposesOffered({ sms: 1, marketing: 1, "a-letter": 1 })).toEqual([
    "marketing",
    "open-tracking",
    "a-letter",
    "sms",
  ]);
});

describe("the ground of a mail", () => {
  const settings = { frequencyCap: { marketing: { max: 1, within: "1 day" } }, quietHours: {} };
  const granted = { purpose: "marketing", channel: "email", state: "granted", at: 0, by: "t" } as const;
  const customers = { ...settings, existingCustomers: { within: "30 days" } };
  test("is consent only where somebody agreed", () => {
    expect(groundOf("marketing", { settings: customers, consent: granted, lastPurchaseAt: AT }, AT)).toBe("consent");
    expect(groundOf("marketing", { settings: customers, lastPurchaseAt: AT }, AT)).toBe("existing-customer");
    expect(groundOf("marketing", { settings: customers }, AT)).toBe("legitimate-interest");
    expect(groundOf("marketing", { settings, lastPurchaseAt: AT }, AT)).toBe("legitimate-interest");
    expect(groundOf("service", { settings, consent: granted }, AT)).toBe("service");
    expect(marketingGrounds).not.toContain("service");
  });
});
