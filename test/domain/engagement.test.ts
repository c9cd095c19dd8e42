// Guarantees of clicks: what machines follow counts for nobody, and the order in which clicks come decides nothing.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Click,
  type Clicked,
  isMachine,
  isRepeat,
  isScanner,
  TRAP_MS,
  withClick,
} from "../../shared/domain/engagement.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../shared/domain/instant.ts";

const SENT_AT = Date.parse("2026-03-02T08:00:00.000Z");
const READ_AT = SENT_AT + HOUR_MS;
const MAIL: Clicked = { at: SENT_AT };

const aClick = (afterMs: number, link = "a", sign?: Click["sign"]): Click => ({
  at: READ_AT + afterMs,
  link,
  ...(sign && { sign }),
});
const ledgerWith = (clicks: Click[], ledger: Clicked = MAIL) => clicks.reduce(withClick, ledger);
/** Which of the clicks are a person's, by all of them: their times after READ_AT. */
const peoples = (clicks: Click[]) =>
  clicks.filter((click) => !isMachine(click, { ...MAIL, clicks })).map(({ at }) => at - READ_AT);

describe("a click is a person's", () => {
  test.each<[string, Click[]]>([
    ["alone", [aClick(0)]],
    ["on two links at once", [aClick(0, "a"), aClick(100, "b")]],
    ["on one link again and again", [aClick(0), aClick(200), aClick(400), aClick(600)]],
    ["on three links in more than two seconds", [aClick(0, "a"), aClick(1_000, "b"), aClick(2_001, "c")]],
  ])("%s", (_, clicks) => {
    expect(peoples(clicks)).toHaveLength(clicks.length);
  });

  test("two seconds after the mail was accepted, and not before", () => {
    const at = (ms: number): Click => ({ at: SENT_AT + ms, link: "a" });
    expect([-5, 0, 1_999, 2_000].map((ms) => isMachine(at(ms), MAIL))).toEqual([true, true, true, false]);
  });
});

describe("a click is a machine's", () => {
  test("when whoever asked says so", () => {
    expect(peoples([aClick(0, "a", "scanner"), aClick(5_000, "b")])).toEqual([5_000]);
  });

  test("when it is one of three links within two seconds, whichever", () => {
    const burst = [aClick(0, "a"), aClick(900, "b"), aClick(2_000, "c")];
    expect(peoples([...burst, aClick(10_000, "a")])).toEqual([10_000]);
  });

  test("within ten minutes of one on the link no person sees, before it and after", () => {
    const clicks = [-TRAP_MS - 1, -TRAP_MS, -5_000, 5_000, TRAP_MS, TRAP_MS + 1].map((ms) => aClick(ms));
    expect(peoples([...clicks, aClick(0, "trap", "trap")])).toEqual([-TRAP_MS - 1, TRAP_MS + 1]);
  });
});

describe("who asks", () => {
  const phone =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1";

  test.each([
    ["a phone", { "user-agent": phone }],
    ["a program that does not say who it is", {}],
    [
      "a phone whose maker is called Cubot",
      { "user-agent": "Mozilla/5.0 (Linux; Android 14; CUBOT X70) Chrome/140.0" },
    ],
  ])("is taken for a person: %s", (_, headers) => {
    expect(isScanner(headers)).toBe(false);
  });

  test.each([
    ["mail security", { "user-agent": "BarracudaCentral/1.0" }],
    ["a chat's preview", { "user-agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)" }],
    ["a crawler", { "user-agent": "Mozilla/5.0 (compatible; Any-Bot/2.1; +https://bot.example)" }],
    ["a browser that fetches ahead", { "user-agent": phone, "sec-purpose": "prefetch;prerender" }],
    ["an older browser that does", { "user-agent": phone, "x-moz": "prefetch" }],
  ])("says that it is a machine: %s", (_, headers) => {
    expect(isScanner(headers)).toBe(true);
  });

  test("may call itself anything, however long", () => {
    expect(isScanner({ "user-agent": "a bo".repeat(50_000) })).toBe(false);
  });
});

describe("a click is the same again", () => {
  const again = (before: Click[], click: Click) => isRepeat(click, ledgerWith(before));

  test("on the same link within an hour, by a person as by a scanner", () => {
    expect(again([aClick(0)], aClick(HOUR_MS - 1))).toBe(true);
    expect(again([aClick(0, "a", "scanner")], aClick(1, "a", "scanner"))).toBe(true);
  });

  test.each<[string, Click[], Click]>([
    ["an hour later", [aClick(0)], aClick(HOUR_MS)],
    ["on another link", [aClick(0)], aClick(1, "b")],
    ["of a person after a scanner's", [aClick(0, "a", "scanner")], aClick(1)],
    ["after one of a burst", [aClick(0, "a"), aClick(1, "b"), aClick(2, "c")], aClick(MINUTE_MS, "a")],
    ["on the link no person sees: it tells more each time", [aClick(0, "t", "trap")], aClick(1, "t", "trap")],
    ["heard of a second time", [aClick(0)], aClick(0)],
  ])("but not %s", (_, before, click) => {
    expect(again(before, click)).toBe(false);
  });
});

describe("the ledger of a mail", () => {
  test("keeps the earliest click of a person and of a machine apart", () => {
    const { feedback } = ledgerWith([
      aClick(8_000),
      aClick(2_000, "b", "scanner"),
      aClick(4_000),
      aClick(3_000, "b", "scanner"),
    ]);
    expect(feedback).toEqual({ click: READ_AT + 4_000, "machine-click": READ_AT + 2_000 });
  });

  test("takes a person's click back once it turns out to be a machine's", () => {
    const clicked = ledgerWith([aClick(0, "a"), aClick(500, "b")]);
    expect(clicked.feedback).toEqual({ click: READ_AT });
    expect(ledgerWith([aClick(900, "c")], clicked).feedback).toEqual({ "machine-click": READ_AT });
    expect(ledgerWith([aClick(3 * MINUTE_MS, "t", "trap")], clicked).feedback).toEqual({ "machine-click": READ_AT });
  });

  test("leaves what else was heard of the mail as it is", () => {
    const heard = { at: SENT_AT, feedback: { delivery: SENT_AT + SECOND_MS, open: READ_AT } };
    expect(ledgerWith([aClick(0)], heard).feedback).toEqual({ ...heard.feedback, click: READ_AT });
  });

  test("keeps the provider's own word of a click, where it came first", () => {
    const heard = { at: SENT_AT, feedback: { click: READ_AT - 1 } };
    expect(ledgerWith([aClick(0)], heard).feedback).toEqual({ click: READ_AT - 1 });
  });

  test("is the same when a click comes again", () => {
    const clicked = ledgerWith([aClick(0), aClick(500, "b")]);
    expect(withClick(clicked, aClick(0))).toBe(clicked);
  });

  test("keeps no more than twenty clicks; the first one's instant stays, and so does a click on the trap", () => {
    const many = Array.from({ length: 100 }, (_, index) => aClick(index * MINUTE_MS));
    const clicked = ledgerWith([aClick(-HOUR_MS / 2, "t", "trap"), ...many]);
    expect(clicked.clicks?.length).toBeLessThanOrEqual(20);
    expect(clicked.clicks?.[0]?.sign).toBe("trap");
    expect(clicked.feedback).toEqual({ click: READ_AT, "machine-click": READ_AT - HOUR_MS / 2 });
  });

  test("is the same in whatever order the clicks come", () => {
    const click = fc.record(
      {
        at: fc.integer({ min: -2, max: 1_300 }).map((seconds) => SENT_AT + seconds * 500),
        link: fc.constantFrom("a", "b", "c", "d"),
        sign: fc.constantFrom("scanner" as const, "trap" as const),
      },
      { requiredKeys: ["at", "link"] },
    );
    const few = fc
      .array(click, { maxLength: 12 })
      .filter((all) => all.filter(({ sign }) => sign === "trap").length <= 4);
    const orders = few.chain((clicks) =>
      fc.tuple(fc.constant(clicks), fc.shuffledSubarray(clicks, { minLength: clicks.length })),
    );
    fc.assert(
      fc.property(orders, ([clicks, shuffled]) => {
        expect(ledgerWith(shuffled)).toEqual(ledgerWith(clicks));
      }),
    );
  });
});
