// Guarantees of relance explain and relance profile: what they print, and what they say when something does not exist.
import { describe, expect, test } from "vitest";
import { aFolder } from "../support/local-folder.ts";
import { relance, relanceJson } from "./command-line.ts";

const NAME = "shop/7 #é";

/** The small shop with one person who agreed, became a lead and bought for 20 euros. */
async function aShop(user = "ada"): Promise<string> {
  const data = aFolder();
  await relance(["dev", "--once", "--empty", "--marketing", "test/data/small-shop"], { data });
  const traits = ["--trait", "email=ada@example.com", "--trait", "consent.marketing=granted", "--trait", "country=FR"];
  expect((await relance(["trigger", "lead.created", "--user", user, ...traits], { data })).code).toBe(0);
  const order = ["--property", "amount=20 EUR", "--property", "order_id=o-1"];
  expect((await relance(["trigger", "purchase.completed", "--user", user, ...order], { data })).code).toBe(0);
  await relance(["clock", "PT1H"], { data });
  return data;
}

describe("relance explain", () => {
  test("a campaign: the answer first, then trigger, rules, entry, sends and gates with file and line", async () => {
    const data = await aShop();
    const { code, out } = await relance(["explain", "ada", "upsell"], { data });
    expect(code).toBe(0);
    expect(out).toMatch(
      /^Not triggered: the last purchase\.completed does not match the trigger's where \(false\): property amount/,
    );
    expect(out).toMatch(
      /\nCampaign Something from another shelf \(upsell, campaigns\/upsell\.yaml:\d+:\d+\) for ada, at /,
    );
    expect(out).toMatch(/\n {4}✗ property amount gte "80 EUR" +found 20\.00 EUR +campaigns\/upsell\.yaml:\d+:\d+\n/);
    expect(out).toMatch(
      /\n {2}re-entry +after 30 days; never entered; a new entry is not barred +campaigns\/upsell\.yaml/,
    );
    expect(out).toMatch(/\n {2}✓ consent +marketing mail was granted on /);
    expect(out).toMatch(/\n {2}✓ frequency-cap +1 of 3 within 7 days\n/);
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThan(160);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the point
    expect(out).not.toMatch(/\u001b/);
  });

  test("a segment: in or not, by which clause", async () => {
    const data = await aShop();
    const { out } = await relance(["explain", "ada", "repeat-buyers"], { data });
    expect(out).toMatch(/^Not in: did purchase\.completed atLeast 2, found times 1, last /);
    expect(out).toContain("Segment Repeat buyers (repeat-buyers, segments/repeat-buyers.yaml");
    expect(out).toContain("✗ did purchase.completed atLeast 2");
  });

  test("everything in short, with a command that tells more", async () => {
    const data = await aShop();
    const { out } = await relance(["explain", "ada"], { data });
    expect(out).toMatch(/^Now in 1 of 6 segments; under way in 0 of 4 campaigns\.\n/);
    expect(out).toMatch(/\n {2}welcome +Sent: say-hello left /);
    expect(out).toMatch(/\n {2}first-time-buyers +✓ In since /);
    const [, ...words] = /relance -- (explain) (\S+) (\S+)\n$/.exec(out) ?? [];
    expect((await relance(words, { data })).code).toBe(0);
  });

  test("--at tells the past and the future apart", async () => {
    const data = await aShop();
    const future = await relance(["explain", "ada", "at-risk", "--at", "26 weeks"], { data });
    expect(future.out).toMatch(/^If nothing happens until .*: In since /);
    expect(future.out).toMatch(/\nUntil then, if nothing else happens\n {2}\S+ \S+ UTC +enters at-risk\n/);
    const past = await relance(["explain", "ada", "at-risk", "--at", "-30 minutes"], { data });
    expect(past.out).toMatch(/^Then, at .*: Not in: /);
    expect(past.out).toContain("what was known then");
    const before = await relance(["explain", "ada", "welcome", "--at", "2020-01-01"], { data });
    expect(before).toMatchObject({ code: 1, out: "" });
    expect(before.err).toMatch(/^relance: Nothing was known of this profile then: its first event came at /);
    const tooFar = await relance(["explain", "ada", "welcome", "--at", "99999 days"], { data });
    expect(tooFar).toMatchObject({ code: 2, err: expect.stringContaining("at most five years ahead") });
  });

  test("--json is the api's view", async () => {
    const data = await aShop();
    const view = await relanceJson<{ about: string; answer: string; asOf: { is: string } }>(
      ["explain", "ada", "welcome"],
      { data },
    );
    expect(view).toMatchObject({ about: "campaign", asOf: { is: "now" }, campaign: { id: "welcome" } });
  });

  test("an id with a slash is found", async () => {
    const data = await aShop(NAME);
    expect((await relance(["explain", NAME, "welcome"], { data })).out).toMatch(/^Sent: say-hello/);
    expect((await relance(["profile", NAME], { data })).out).toContain(`userId:${NAME}`);
  });

  test("names what does not exist: the person, or the campaign or segment with the nearest name", async () => {
    const data = await aShop();
    const nobody = await relance(["explain", "adda", "welcome"], { data });
    expect(nobody).toMatchObject({ code: 1, out: "" });
    expect(nobody.err).toMatch(/^relance: There is no profile "adda"\. PROFILE is your user id, an anonymous id/);
    const [campaign, segment, only] = await Promise.all([
      relance(["explain", "ada", "welcom"], { data: await aShop() }),
      relance(["explain", "ada", "lapset"], { data: await aShop() }),
      relance(["explain", "ada", "welcome", "--segment"], { data: await aShop() }),
    ]);
    expect(campaign.err).toContain('There is no campaign and no segment "welcom". Did you mean welcome? Campaigns: ');
    expect(segment.err).toContain('"lapset". Did you mean lapsed?');
    expect(only.err).toContain('There is no segment "welcome".');
    expect([campaign.code, segment.code, only.code]).toEqual([2, 2, 2]);
  });
});
