// Guarantees of relance sends, status, summary and suppress: the ledger as a table that adds up, what is stopped, and what next.
import { describe, expect, test } from "vitest";
import { accountText } from "../../cli/account-text.ts";
import { listText } from "../../cli/commands/sends.ts";
import { openHost } from "../../cli/host/host.ts";
import { ledgerText } from "../../cli/ledger-text.ts";
import { stateText } from "../../cli/profile-text.ts";
import { ledgerOf, sumOfLedgers } from "../../shared/domain/ledger.ts";
import { stopWrite } from "../../shared/pipeline/stop-switch.ts";
import type { LedgerView } from "../../shared/pipeline/views/ledger.ts";
import { aFolder } from "../support/local-folder.ts";
import { relance, relanceJson } from "./command-line.ts";

/** The small shop with two leads, one of whom agreed to mails. */
async function aShop(): Promise<string> {
  const data = aFolder();
  await relance(["dev", "--once", "--empty", "--marketing", "test/data/small-shop"], { data });
  for (const [user, consent] of [
    ["yes", "granted"],
    ["no", "denied"],
  ]) {
    const traits = ["--trait", `email=${user}@example.com`, "--trait", `consent.marketing=${consent}`];
    await relance(["trigger", "lead.created", "--user", user as string, ...traits], { data });
  }
  return data;
}

/** What relance pause writes, without its wait. */
async function stop(data: string, what: "ACCOUNT" | `CAMPAIGN#${string}`, reason?: string): Promise<void> {
  const host = await openHost({ folder: data, publicUrl: "http://127.0.0.1:8787", writeKey: "key-for-tests" });
  const { table, clock } = host.data.ports;
  const told = { at: clock.now(), by: "operator" as const, ...(reason !== undefined && { reason }) };
  await table.write(stopWrite(what, told));
  await host.close();
}

const AT = "2027-03-02T08:00:00.000Z";
const numbersIn = (line: string) => line.trim().split(/\s+/).slice(1).map(Number);

describe("relance sends", () => {
  test("prints a table whose lines and columns add up, the reasons, then the list", async () => {
    const data = await aShop();
    const { code, out } = await relance(["sends"], { data });
    expect(code).toBe(0);
    const lines = out.split("\n");
    expect(lines[0]).toMatch(/^Mails planned, and what became of them, as of \d{4}-/);
    expect(lines[1]?.trim().split(/\s+/)).toEqual([
      "planned",
      "sent",
      "refused",
      "held",
      "rejected",
      "unknown",
      "abandoned",
      "expired",
    ]);
    const rows = lines.slice(2, lines.indexOf(""));
    expect(rows.map((row) => row.trim().split(" ")[0]).toSorted()).toEqual([
      "birthday",
      "total",
      "upsell",
      "welcome",
      "win-back",
    ]);
    for (const row of rows) {
      const [planned, ...parts] = numbersIn(row);
      expect(parts.reduce((sum, n) => sum + n, 0)).toBe(planned);
    }
    const total = numbersIn(rows.at(-1) as string);
    for (const column of total.keys())
      expect(rows.slice(0, -1).reduce((sum, row) => sum + (numbersIn(row)[column] as number), 0)).toBe(total[column]);
    expect(total.slice(0, 3)).toEqual([2, 1, 1]);
    expect(out).toMatch(/\nRefused, by reason\n +1 {2}consent-denied {2}does not want marketing mail {2}welcome 1\n/);
    expect(out).toMatch(/\n {2}\S+ \S+ UTC {2}REFUSED {2}welcome\/say-hello {2}\w+ {2}consent-denied\n/);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(120);
  });

  test("of one campaign, one state, one reason; --json has ledger and list", async () => {
    const data = await aShop();
    const all = await relanceJson<{ ledger: LedgerView; items: { state: string }[]; more: boolean }>(
      ["sends", "--campaign", "welcome", "--state", "refused", "--reason", "consent-denied"],
      { data },
    );
    expect(all.ledger.items).toMatchObject([{ campaign: "welcome", planned: 2 }]);
    expect(all.items).toMatchObject([{ state: "REFUSED", why: "does not want marketing mail" }]);
    expect(all.more).toBe(false);
    const none = await relance(["sends", "--campaign", "upsell", "--state", "HELD"], { data });
    expect(none.out).toMatch(/\nThere are no such sends\.\n$/);
    expect(none.out).not.toContain("total");
  });

  test("names the two campaigns with the most of a reason, and counts the others", () => {
    const item = (campaign: string, paused: number) => ({
      campaign,
      title: campaign,
      ...ledgerOf({ states: { PENDING: paused }, reasons: { PENDING: { paused } } }),
    });
    const textOf = (items: LedgerView["items"]) =>
      ledgerText({ now: AT, asOf: AT, items, total: sumOfLedgers(items) }).split("\n");
    const three = [item("a", 1), item("b", 3), item("c", 2)];
    expect(textOf(three)).toContainEqual(expect.stringMatching(/ b 3, c 2, 1 other$/));
    expect(textOf([...three, item("d", 1)])).toContainEqual(expect.stringMatching(/ b 3, c 2, 2 others$/));
  });

  test("shows of a mail that could not be written what was missing, and what stops one that waits", () => {
    const send = { at: "2027-03-02T08:00:00.000Z", campaign: "welcome", step: "say", profileId: "p1" };
    const expiresAt = "2027-03-05T08:00:00.000Z";
    const text = listText({
      items: [
        { ...send, state: "REFUSED", reason: "not-renderable", detail: "profile.nickname is missing", expiresAt },
        { ...send, state: "PENDING", reason: "paused", stoppedBy: ["account"], expiresAt },
        { ...send, state: "PENDING", reason: "too-late", stoppedBy: ["account"], expiresAt },
      ],
      more: false,
    });
    expect(text.split("\n").map((line) => line.trim().split(/ {2,}/).slice(2).join(" | "))).toEqual([
      "welcome/say | p1 | not-renderable: profile.nickname is missing",
      "welcome/say | p1 | paused (all sending is stopped; worth sending until 2027-03-05 08:00 UTC)",
      "welcome/say | p1 | too-late since 2027-03-05 08:00 UTC",
    ]);
  });

  test("names the campaign that was probably meant", async () => {
    const { code, err } = await relance(["sends", "--campaign", "welcom"], { data: await aShop() });
    expect({ code, err }).toMatchObject({
      code: 2,
      err: expect.stringContaining('There is no campaign "welcom". Did you mean welcome?'),
    });
  });
});

describe("relance status", () => {
  test("says that nothing is stopped, the quota, and when all will be out", async () => {
    const { out } = await relance(["status"], { data: await aShop() });
    expect(out).toContain("\nStopped\n  Nothing is stopped.\n");
    expect(out).toMatch(/\n {2}provider +open, 2,000 a second, 10,000,000 in 24 hours, 1 sent\n/);
    expect(out).toMatch(/\n {2}all out by +\d{4}-\d\d-\d\d \d\d:\d\d UTC\n {6}Nothing waits to be sent\.\n/);
  });

  test("says who paused what since when, and the command that goes on, which works", async () => {
    const data = await aShop();
    await stop(data, "CAMPAIGN#welcome", "wrong price");
    await stop(data, "ACCOUNT");
    const { out } = await relance(["status"], { data });
    expect(out).toMatch(/\n {2}welcome: paused by an operator since \S+ \S+ UTC \(wrong price\)\n/);
    const commands = [...out.matchAll(/next: npm run relance -- (.*)\n/g)].map(([, words = ""]) => words);
    expect(commands).toEqual(["resume --account", "resume welcome"]);
    for (const words of commands) expect((await relance(words.split(" "), { data })).code).toBe(0);
    expect((await relance(["status"], { data })).out).toContain("Nothing is stopped.");
  });
});

describe("a send on a person's page", () => {
  test("says its reason, unless that is the state again", () => {
    expect(stateText({ state: "EXPIRED", reason: "expired" })).toBe("EXPIRED");
    expect(stateText({ state: "REFUSED", reason: "holdout" })).toBe("REFUSED (holdout)");
    expect(stateText({ state: "SENT" })).toBe("SENT");
  });
});

describe("the state of sending", () => {
  const account = {
    now: "2027-03-02T08:00:00.000Z",
    asOf: "2027-03-02T08:00:00.000Z",
    mailer: { perSecond: 10, sentToday: 0, state: "open" as const },
    stops: { campaigns: [], account: { at: "2027-01-20T08:00:00.000Z", by: "operator" as const } },
    says: ["The gates hold some of them until 2027-03-03T08:00:00.000Z."],
  };

  test("counts what waits once: on its way, stopped, too late; instants read like all others", () => {
    const backlog = { total: 392, stopped: 29, tooLate: 353, nextExpiresAt: "2027-03-04T08:00:00.000Z" };
    const text = accountText({ ...account, backlog }, []);
    expect(text).toContain(
      "  392 mails: 10 on their way, 29 stopped (the first of them is too late from 2027-03-04 08:00 UTC on), 353 too late already\n",
    );
    expect(text).toContain("The gates hold some of them until 2027-03-03 08:00 UTC.");
    const nothing = accountText({ ...account, backlog: { total: 2, stopped: 0, tooLate: 0 } }, []);
    expect(nothing).toMatch(/ 2 mails\n/);
  });
});

describe("relance summary", () => {
  test("shows mails that wait, and how to list them, only when there are some", async () => {
    const data = await aShop();
    expect((await relance(["summary"], { data })).out).not.toContain("Mails not at their end");
    await stop(data, "CAMPAIGN#welcome");
    const traits = ["--trait", "email=late@example.com", "--trait", "consent.marketing=granted"];
    await relance(["trigger", "lead.created", "--user", "late", ...traits], { data });
    const { out } = await relance(["summary"], { data });
    const [, n, words = ""] =
      /Mails not at their end\n +(\d+) {2}wait to be sent: npm run relance -- (.*)\n/.exec(out) ?? [];
    const { items } = await relanceJson<{ items: unknown[] }>(words.split(" "), { data });
    expect({ n, listed: items.length }).toEqual({ n: "1", listed: 1 });
  });
});

describe("relance suppress", () => {
  test("without an address asks for one, in whole sentences", async () => {
    const { code, err } = await relance(["suppress"], { data: aFolder() });
    expect(code).toBe(2);
    expect(err).toMatch(/needs EMAIL, .*whether anybody has it\. See: npm run relance -- suppress --help\n$/);
  });

  test("closes an address without telling whether anybody has it, and no mail goes there any more", async () => {
    const data = await aShop();
    const traits = ["--trait", "email=late@example.com", "--trait", "consent.marketing=granted"];
    const unknown = await relance(["suppress", "late@example.com"], { data });
    const known = await relance(["suppress", "yes@example.com"], { data });
    expect(unknown).toMatchObject({ code: 0, out: known.out });
    expect(known.out).toMatch(/^The address is closed: no mail is sent to it any more\./);
    await relance(["trigger", "lead.created", "--user", "late", ...traits], { data });
    const { items } = await relanceJson<{ items: unknown[] }>(["sends", "--reason", "suppressed"], { data });
    expect(items).toMatchObject([{ campaign: "welcome", state: "REFUSED", reason: "suppressed" }]);
  });

  test("says what an address looks like, and that there is no way back", async () => {
    const data = await aShop();
    const { code, err } = await relance(["suppress", "Anna <anna@example.com>"], { data });
    expect({ code, err }).toMatchObject({
      code: 2,
      err: expect.stringContaining("it must be one name@domain, such as"),
    });
    expect((await relance(["suppress", "--help"], { data })).out).toContain("cannot be undone by this command");
  });
});
