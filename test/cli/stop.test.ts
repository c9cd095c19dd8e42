// Guarantees of relance pause and relance resume: what must be named, what is said, and what else holds the mail.
import { describe, expect, test } from "vitest";
import { openHost } from "../../cli/host/host.ts";
import { writeServerFile } from "../../cli/server-file.ts";
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
      /^The campaign welcome is paused: paused by an operator since 2027-03-02 08:00 UTC \(wrong price\)\. No mail of it leaves from now on\.\n/,
    );
    expect(paused.out).toContain("npm run relance -- resume welcome\n");
    expect((await relance(["pause", "welcome"], shop)).out).toContain(
      "was paused already: paused by an operator since",
    );
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
    expect((await relance(["pause", "--account"], shop)).out).toMatch(/^The account is paused: .*resume --account\n$/s);
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

  test("of a campaign nobody knows ends with 1 and the nearest name", async () => {
    const { code, err } = await relance(["pause", "welcom"], await aShop());
    expect({ code, err }).toEqual({
      code: 1,
      err: 'relance: No campaign "welcom" was ever published. Did you mean welcome?\n',
    });
  });
});
