// Guarantees of campaigns as code: what a plan shows, what apply refuses and does, how to go back; exit codes for builds.
import { cpSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { aFolder, folderForFile } from "../support/local-folder.ts";
import { relance, relanceJson } from "./command-line.ts";

const SHOP = fileURLToPath(new URL("../data/small-shop", import.meta.url));
const base = folderForFile();

/** A demo shop of some people, with the small shop's campaigns live. */
beforeAll(async () => {
  const started = await relance(["dev", "--once", "--demo-profiles", "40", "--marketing", SHOP], { data: base });
  if (started.code !== 0) throw new Error(started.err);
}, 60_000);

/** The data, and a copy of the marketing folder to change. */
function aShop() {
  const data = aFolder();
  cpSync(base, data, { recursive: true });
  const folder = aFolder();
  cpSync(SHOP, folder, { recursive: true });
  const change = async (file: string, from: string, to: string) => {
    const text = await readFile(join(folder, file), "utf8");
    expect(text).toContain(from);
    await writeFile(join(folder, file), text.replace(from, to));
  };
  return { data, folder, change, add: (file: string, text: string) => writeFile(join(folder, file), text) };
}

const VIP = `campaign: vip
title: For the best
on: { entered: big-spenders }
steps:
  - id: say-thanks
    send: upsell
`;
const PLAN = /Plan ([0-9a-z]{8}@\d+): /;
type Status = { active: { seq: number; revision: string }; history: { seq: number; by?: string; note?: string }[] };
const seqOf = async (data: string) => (await relanceJson<Status>(["status"], { data })).active.seq;

describe("relance plan", () => {
  test("says that nothing changes, with exit code 0", async () => {
    const { data, folder } = aShop();
    const { code, out } = await relance(["plan", folder], { data });
    expect(code).toBe(0);
    expect(out).toContain("Nothing changes: what is live is exactly this.");
  });

  test("shows every changed clause with its place and what would have happened, publishes nothing, exit code 2", async () => {
    const { data, folder, change, add } = aShop();
    await change("segments/big-spenders.yaml", "500 EUR", "200 EUR");
    await change("campaigns/welcome.yaml", "priority: high", "priority: high\nholdout: 50");
    await add("campaigns/vip.yaml", VIP);
    const { code, out, err } = await relance(["plan", folder, "--days", "365"], { data });
    expect({ code, err }).toEqual({ code: 2, err: "" });
    expect(out).toMatch(/^Plan .*: .* against publication 1 \([0-9a-z]{8}\) in /);
    expect(out).toMatch(/~ where\.gte: 500 EUR → 200 EUR {2}segments\/big-spenders\.yaml:5:\d+/);
    expect(out).toMatch(/\+ holdout: 50 {2}campaigns\/welcome\.yaml:\d+:1/);
    expect(out).toContain('+ campaign vip "For the best"  campaigns/vip.yaml');
    expect(out).toContain("+0 ~1 -0 segments, +1 ~1 -0 campaigns");
    expect(out).toMatch(/campaign welcome "Welcome", with what is live → with the draft\n {2}triggered/);
    expect(out).toMatch(/of them held out \(holdout\) +0 → [1-9]/);
    expect(out).toMatch(/3 campaigns unchanged: \d+ → \d+ mails/);
    expect(out).toMatch(/All campaigns: \d+ → \d+ mails, about \$0\.0\d at \$0\.10 per 1,000 \(SES, 2026-11\)/);
    expect(
      out
        .split("For example\n")[1]
        ?.split("\n")
        .filter((line) => line.startsWith("  ")),
    ).toHaveLength(10);
    const again = await relance(["plan", folder, "--no-forecast"], { data });
    expect(PLAN.exec(again.out)?.[1]).toBe(PLAN.exec(out)?.[1]);
    expect(again.out).not.toContain("lived again");
    expect(await seqOf(data)).toBe(1);
  });

  test("tells a build the same in JSON", async () => {
    const { data, folder, change } = aShop();
    await change("campaigns/welcome.yaml", "priority: high", "priority: low");
    const { code, out } = await relance(["plan", folder, "--json"], { data });
    const { plan, forecast } = JSON.parse(out);
    expect(code).toBe(2);
    expect(plan.changes).toEqual([
      {
        kind: "campaign",
        id: "welcome",
        title: "Welcome",
        file: "campaigns/welcome.yaml",
        change: "changed",
        changes: [
          {
            path: "priority",
            place: expect.stringMatching(/^campaigns\/welcome\.yaml:\d+:1$/),
            kind: "changed",
            before: "high",
            after: "low",
          },
        ],
      },
    ]);
    const { funnel, before } = forecast.campaigns.find(({ id }: { id: string }) => id === "welcome");
    expect(funnel).toEqual(before);
    expect(funnel.triggered).toBeGreaterThan(0);
  });

  test("a file that was only laid out anew changes nothing", async () => {
    const { data, folder, change } = aShop();
    await change("campaigns/welcome.yaml", "campaign: welcome", "# Hello\n\ncampaign: welcome");
    const { code, out } = await relance(["plan", folder], { data });
    expect(code).toBe(0);
    expect(out).toContain("Nothing changes in meaning");
  });

  test("a folder with problems is told by file, line and column, with exit code 1", async () => {
    const { data, folder, change } = aShop();
    await change("campaigns/welcome.yaml", "send: welcome", "send: wellcome");
    const { code, out, err } = await relance(["plan", folder], { data });
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/campaigns\/welcome\.yaml:\d+:\d+: .*wellcome.*did you mean welcome\?/);
  });

  test.each(["0", "366", "many"])("--days %s is a failure, never the exit code of changes", async (days) => {
    const { data, folder } = aShop();
    const { code, err } = await relance(["plan", folder, "--days", days], { data });
    expect({ code, err }).toEqual({
      code: 1,
      err: `relance: --days must be a whole number from 1 to 365, not "${days}".\n`,
    });
  });

  test("works on a shop where nothing has happened yet", async () => {
    const data = aFolder();
    await relance(["dev", "--once", "--empty", "--marketing", SHOP], { data });
    const { folder, add } = aShop();
    await add("campaigns/vip.yaml", VIP);
    const { code, out } = await relance(["plan", folder], { data });
    expect(code).toBe(2);
    expect(out).toContain("0 events of 0 profiles");
  });
});

describe("relance apply", () => {
  test("asks for --yes where nobody can be asked, and publishes nothing", async () => {
    const { data, folder, add } = aShop();
    await add("campaigns/vip.yaml", VIP);
    const { code, out, err } = await relance(["apply", folder], { data });
    expect(code).toBe(1);
    expect(out).toContain("+ campaign vip");
    expect(err).toContain("say yes with --yes");
    expect(await seqOf(data)).toBe(1);
  });

  test("publishes exactly the reviewed plan, brings profiles in line, and keeps who and why", async () => {
    const { data, folder, change } = aShop();
    await change("segments/big-spenders.yaml", "500 EUR", "200 EUR");
    const planned = await relance(["plan", folder], { data });
    const id = PLAN.exec(planned.out)?.[1] as string;
    const [, members] = /big-spenders +\d+ → (\d+)/.exec(planned.out) ?? [];
    await rm(folder, { recursive: true });
    const { code, out, err } = await relance(["apply", id, "--yes", "--note", "more of them"], { data });
    expect(code).toBe(0);
    expect(out).toMatch(/Published as publication 2 \([0-9a-z]{8}\)\.\n$/);
    expect(err).toMatch(/Back-fill done: 4\d profiles\.\n$/);
    const again = await relance(["apply", id, "--yes"], { data });
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining("This is live already, as publication 2.") });
    const listed = await relanceJson<{ items: unknown[] }>(["segments", "big-spenders"], { data });
    expect(listed.items).toHaveLength(Number(members));
    const { active, history } = await relanceJson<Status>(["status"], { data });
    expect(active.seq).toBe(2);
    expect(history[0]).toMatchObject({ seq: 2, by: expect.any(String), note: "more of them" });
  });

  test("refuses a plan when something else went live since", async () => {
    const { data, folder, change } = aShop();
    await change("campaigns/welcome.yaml", "priority: high", "priority: low");
    const id = PLAN.exec((await relance(["plan", folder, "--no-forecast"], { data })).out)?.[1] as string;
    await change("campaigns/welcome.yaml", "priority: low", "priority: normal");
    expect(await relance(["apply", folder, "--yes"], { data })).toMatchObject({ code: 0 });
    const { code, err } = await relance(["apply", id, "--yes"], { data });
    expect(code).toBe(1);
    expect(err).toContain("but publication 2 is live now: plan again");
    const refused = await relance(["apply", id, "--yes", "--json"], { data });
    expect(JSON.parse(refused.out)).toMatchObject({ error: { code: "catalogue_moved" } });
    expect(await seqOf(data)).toBe(2);
  });

  test("archives only when that is meant, and says how many runs would end", async () => {
    const { data, folder, change } = aShop();
    await rm(join(folder, "campaigns/birthday.yaml"));
    await change("campaigns/win-back.yaml", "title:", "status: archived\ntitle:");
    const { code, out, err } = await relance(["apply", folder, "--yes"], { data });
    expect(code).toBe(1);
    expect(out).toContain('- campaign birthday "Happy birthday": archived, its runs end');
    expect(out).toContain("! campaign win-back is archived (0 live runs would end)");
    expect(err).toBe(
      "relance: This archives birthday, win-back, and 0 live runs would end. If that is meant, say --allow-destructive.\n",
    );
    expect(await relance(["apply", folder, "--yes", "--allow-destructive"], { data })).toMatchObject({ code: 0 });
    expect(await seqOf(data)).toBe(2);
  });

  const everyone = {
    "a rule that is always true": {
      file: "segments/all.yaml",
      text: "segment: all\ntitle: All\nwhere: { bucket: test, gte: 0 }\n",
      name: "segment all",
    },
    "a rule that holds for every known profile": {
      file: "segments/all.yaml",
      text: "segment: all\ntitle: All\nwhere: { did: lead.created, atMost: 40 }\n",
      name: "segment all",
    },
    "a schedule for everyone": {
      file: "campaigns/news.yaml",
      text: 'campaign: news\ntitle: News\non: { schedule: { once: "2090-01-01 09:00" } }\nsteps: [{ id: say, send: upsell }]\n',
      name: "campaign news",
    },
  };

  test.each(Object.entries(everyone))("refuses %s unless that is meant", async (_, { file, text, name }) => {
    const { data, folder, add } = aShop();
    await add(file, text);
    const planned = await relance(["plan", folder], { data });
    expect(planned.out).toContain(`! reaches everyone: ${name}`);
    const { code, err } = await relance(["apply", folder, "--yes"], { data });
    expect(code).toBe(1);
    expect(err).toBe(`relance: This reaches everyone: ${name}. If that is meant, say --allow-everyone.\n`);
    expect(await relance(["apply", folder, "--yes", "--allow-everyone"], { data })).toMatchObject({ code: 0 });
  });

  test("knows no plan of another shop", async () => {
    const { data } = aShop();
    const { code, err } = await relance(["apply", "00000000@1", "--yes"], { data });
    expect({ code, err }).toEqual({
      code: 1,
      err: "relance: There is no plan 00000000@1 here; make one with relance plan.\n",
    });
  });
});

describe("relance rollback", () => {
  test("brings back what was live before, as a new publication", async () => {
    const { data, folder, change } = aShop();
    const none = await relance(["rollback", "--yes"], { data });
    expect(none).toMatchObject({ code: 1, out: "" });
    expect(none.err).toContain("There is nothing to go back to");
    const { active: first } = await relanceJson<Status>(["status"], { data });
    await change("campaigns/welcome.yaml", "priority: high", "priority: low");
    await relance(["apply", folder, "--yes"], { data });
    const { code, out } = await relance(["rollback", "--yes"], { data });
    expect(code).toBe(0);
    expect(out).toMatch(/~ priority: low → high/);
    const { active, history } = await relanceJson<Status>(["status"], { data });
    expect(active).toMatchObject({ seq: 3, revision: first.revision });
    expect(history[0]).toMatchObject({ note: "rollback to publication 1" });
    expect(await relance(["rollback", "2", "--yes"], { data })).toMatchObject({ code: 0 });
    const unknown = await relance(["rollback", "9", "--yes"], { data });
    expect(unknown.err).toMatch(/There is no publication 9\. There are: 4 \(/);
  });
});

describe("relance dev", () => {
  test("says what the folder changes at a later start", async () => {
    const { data, folder, change, add } = aShop();
    await change("campaigns/welcome.yaml", "priority: high", "priority: low");
    await add("campaigns/vip.yaml", VIP);
    const { code, err } = await relance(["dev", "--once", "--marketing", folder], { data });
    expect(code).toBe(0);
    expect(err).toBe(`Published: +1 ~1 -0 campaigns in ${folder}\n`);
  });

  test("never ends a live campaign by a start: it says which, and how to do it on purpose", async () => {
    const { data, folder, add } = aShop();
    await add("campaigns/vip.yaml", VIP);
    expect((await relance(["apply", folder, "--yes"], { data })).code).toBe(0);
    const other = aShop().folder;
    const { code, err } = await relance(["dev", "--once", "--marketing", other], { data });
    expect(code).toBe(0);
    expect(err).toMatch(
      /^Not published: .* does not have vip[a-z-]*, which is live; what was published before stays\./,
    );
    expect(err).toContain("apply it with --allow-destructive");
    expect((await relanceJson<Status>(["status"], { data })).active).toMatchObject({ seq: 2 });
  });
});
