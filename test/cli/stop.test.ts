// Guarantees of relance pause and relance resume: what must be named, what is said, and what else holds the mail.
import { describe, expect, test } from "vitest";
import { openHost } from "../../cli/host/host.ts";
import { writeServerFile } from "../../cli/server-file.ts";
import { heldLines } from "../../cli/stop-text.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { ingest } from "../../shared/pipeline/ingest.ts";
import { identify, lead } from "../support/calls.ts";
import { aFolder } from "../support/local-folder.ts";
import { smallShopDefinitions } from "../support/small-shop.ts";
import { aServer } from "../support/test-server.ts";
import { relance, relanceJson } from "./command-line.ts";

/** A data folder whose server's time moves by jumps only: a pause takes no real time. */
async function aShop(): Promise<{ data: string }> {
  const { host, port, url } = await aServer();
  host.data.clock.freeze();
  const data = aFolder();
  writeServerFile(data, { pid: process.pid, port, url });
  return { data };
}

describe("relance pause and resume", () => {
  test.each(["pause", "resume"])("%s asks for a campaign or, in so many words, for everything", async (verb) => {
    const { code, out, err } = await relance([verb], { data: aFolder() });
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toBe(
      `relance: relance ${verb} needs to know what: a campaign (relance ${verb} welcome), or every mail: relance ${verb} --account.\n`,
    );
    const both = await relance([verb, "welcome", "--account"], { data: aFolder() });
    expect(both.code).toBe(2);
    expect(both.err).toContain('"welcome" and --account are two things');
  });

  test("of a campaign: since when, by whom, why, and how it goes on", async () => {
    const shop = await aShop();
    const paused = await relance(["pause", "welcome", "--reason", "wrong price"], shop);
    expect(paused.code).toBe(0);
    expect(paused.out).toMatch(
      /^The campaign welcome is paused by an operator since 2027-03-02 08:00 UTC \(wrong price\)\. No mail of it leaves from now on\.\n/,
    );
    expect(paused.out).toContain("npm run relance -- resume welcome\n");
    expect((await relance(["pause", "welcome"], shop)).out).toContain("was paused already, by an operator since");
    const resumed = await relance(["resume", "welcome"], shop);
    expect(resumed.out).toBe(
      "The campaign welcome goes on; it was paused by an operator since 2027-03-02 08:00 UTC (wrong price). What waited is judged again within a few minutes.\n",
    );
    expect((await relance(["resume", "welcome"], shop)).out).toBe(
      "The campaign welcome was not paused: nothing has changed.\n",
    );
  });

  test("of the account, which holds a campaign that is resumed meanwhile", async () => {
    const shop = await aShop();
    expect((await relance(["pause", "--account"], shop)).out).toMatch(
      /^The account is paused by an operator since .*resume --account\n$/s,
    );
    const { out } = await relance(["resume", "welcome"], shop);
    expect(out).toContain("Still, its mail is held: the account was paused by an operator since 2027-03-02 08:00 UTC;");
    const view = await relanceJson<object>(["resume", "--account"], shop);
    expect(view).toMatchObject({ changed: true, was: { what: "account", by: "operator" }, stops: [] });
  });

  test("pause comes first where no server runs: what was accepted before leaves after the resume", async () => {
    const data = aFolder();
    const host = await openHost({ folder: data, publicUrl: "http://127.0.0.1:8787", logLevel: "error" });
    await publish(host.data.ports, await smallShopDefinitions());
    const now = host.data.clock.now();
    const consented = identify(now, { traits: { consent: { marketing: "granted" } } });
    await ingest(host.data.ports, [consented, lead(now)], { source: "shop" });
    await host.close();
    const mails = async () => (await relanceJson<{ items: object[] }>(["sends", "--state", "SENT"], { data })).items;
    await relance(["pause", "--account"], { data });
    expect(await mails()).toEqual([]);
    await relance(["resume", "--account"], { data });
    expect(await mails()).toHaveLength(1);
  });

  test.each(["welcom", "", "../welcome", "Welcome", "a/b"])(
    "of %j, which is no campaign, end with 2, the campaigns, and the nearest name where there is one",
    async (asked) => {
      const shop = await aShop();
      for (const verb of ["pause", "resume"]) {
        const { code, err } = await relance([verb, asked], shop);
        expect(code).toBe(2);
        expect(err).toMatch(/^relance: There is no campaign ".*Campaigns: birthday, upsell, welcome, win-back\.\n$/);
        if (asked === "welcom") expect(err).toContain('"welcom". Did you mean welcome? ');
      }
    },
  );

  test.each([
    ["", "--reason is empty: say why, or leave it out."],
    ["x".repeat(501), "--reason must have at most 500 letters; this one has 501."],
  ])("take no reason such as %j", async (reason, message) => {
    const shop = await aShop();
    const { code, err } = await relance(["pause", "welcome", "--reason", reason], shop);
    expect({ code, err }).toEqual({ code: 2, err: `relance: ${message}\n` });
    expect((await relance(["status"], shop)).out).toContain("Nothing is stopped.");
  });

  test("show a reason of several lines in one", async () => {
    const shop = await aShop();
    const { out } = await relance(["pause", "welcome", "--reason", "wrong\n  price"], shop);
    expect(out).toContain("(wrong price). No mail");
  });

  test("tell how many mails wait, how many of them too late already, and when the next one is", () => {
    expect(heldLines({ total: 382, tooLate: 353, nextExpiresAt: "2027-03-05T08:00:00.000Z" })).toEqual([
      "382 mails of it wait; 353 of these too late already, which end as expired; the next one is too late from 2027-03-05 08:00 UTC on.",
    ]);
    expect(heldLines({ total: 5_000, tooLate: 0, more: true })).toEqual(["At least 5,000 mails of it wait."]);
    expect(heldLines(undefined)).toEqual([]);
  });
});
