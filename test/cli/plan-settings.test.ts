// Guarantees of changed settings in a plan: what protects people less is said, counted and must be meant; a forecast that
// differs because of them names them.
import { appendFileSync, cpSync } from "node:fs";
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

/** The data, and a copy of the marketing folder that says more in its settings. */
function aShopWith(settings: string) {
  const data = aFolder();
  cpSync(base, data, { recursive: true });
  const folder = aFolder();
  cpSync(SHOP, folder, { recursive: true });
  appendFileSync(join(folder, "relance.yaml"), settings);
  return { data, folder };
}

const seqOf = async (data: string) => (await relanceJson<{ active: { seq: number } }>(["status"], { data })).active.seq;

const ERASES = "retention: { after: 60 days, automatic: true }\n";
const BELIEVES = `consent:
  forms: { crm: {} }
  basis: { marketing: { byCountry: { CH: legitimate-interest } } }
`;

describe("settings that protect people less", () => {
  test("are listed one by one with what they do, and how many would be erased in the coming night", async () => {
    const { data, folder } = aShopWith(`${ERASES}${BELIEVES}`);
    const { code, out } = await relance(["plan", folder, "--no-forecast"], { data });
    expect(code).toBe(2);
    const warnings = out.split("\n").filter((line) => line.startsWith("  ! "));
    expect(warnings).toEqual([
      expect.stringMatching(
        /^ {2}! retention\.after: Who did nothing .* for 60 days may be erased for good; until now it takes 3 years/,
      ),
      expect.stringMatching(
        /^ {2}! retention\.automatic: Every night, .* and nobody is asked\. \(relance\.yaml:\d+:\d+\)/,
      ),
      expect.stringMatching(/^ {2}! consent\.forms\.crm: .*its yes lifts their earlier no\./),
      expect.stringMatching(
        /^ {2}! consent\.basis\.marketing\.byCountry\.CH: People get marketing without having agreed/,
      ),
      expect.stringMatching(
        /^ {2}! [1-9]\d* of 4\d people would be erased in the coming night; with automatic: false, relance retention lists/,
      ),
    ]);
    for (const line of warnings.slice(0, 4)) expect(line).toMatch(/; apply needs --allow-destructive$/);
  });

  test("that erase nobody by themselves name the command that lists who would be", async () => {
    const { data, folder } = aShopWith("retention: { after: 60 days }\n");
    const { out } = await relance(["plan", folder, "--no-forecast"], { data });
    expect(out).toMatch(
      /! [1-9]\d* of 4\d people could then be erased by relance retention --erase; relance retention lists/,
    );
  });

  test("go live only when that is meant; so do they by going back to them, and taking them back needs nothing", async () => {
    const { data, folder } = aShopWith(ERASES);
    const refused = await relance(["apply", folder, "--yes"], { data });
    expect(refused).toMatchObject({
      code: 1,
      err: "relance: This protects people less than what is live: retention.after, retention.automatic. If that is meant, say --allow-destructive.\n",
    });
    expect(await seqOf(data)).toBe(1);
    expect((await relance(["apply", folder, "--yes", "--allow-destructive"], { data })).code).toBe(0);
    expect((await relance(["rollback", "--yes"], { data })).code).toBe(0);
    expect((await relance(["rollback", "--yes"], { data })).err).toContain("retention.after, retention.automatic");
    expect(await seqOf(data)).toBe(3);
  });

  test("are not published by a start: it says which, and how to do it on purpose", async () => {
    const { data, folder } = aShopWith(BELIEVES);
    const { code, err } = await relance(["dev", "--once", "--marketing", folder], { data });
    expect(code).toBe(0);
    expect(err).toMatch(
      /^Not published: .* \(consent\.forms\.crm, consent\.basis\.marketing\.byCountry\.CH\); what was/,
    );
    expect(err).toContain("apply it with --allow-destructive");
    expect(await seqOf(data)).toBe(1);
  });
});

describe("campaigns whose forecast differs because of the settings", () => {
  test("are shown, with the settings as the cause", async () => {
    const { data, folder } = aShopWith("consent: { systems: [nobody] }\n");
    const { out } = await relance(["plan", folder, "--days", "365"], { data });
    const why = "does not change itself, but the settings do (consent)";
    expect(out).toContain(`campaign welcome "Welcome" ${why}, with what is live → with the draft\n  triggered`);
    expect(out).not.toContain("unchanged");
  });

  test("are not told apart from those of other changes in the same plan", async () => {
    const { data, folder } = aShopWith("consent: { systems: [nobody] }\n");
    appendFileSync(join(folder, "campaigns/birthday.yaml"), "\nholdout: 50\n");
    const { out } = await relance(["plan", folder, "--days", "365"], { data });
    expect(out).toContain(
      'campaign welcome "Welcome" does not change itself, but the settings do (consent), or what else',
    );
    expect(out).toContain('campaign birthday "Happy birthday", with what is live');
  });

  test("are none where the settings that change send nobody anything else", async () => {
    const { data, folder } = aShopWith("drop: { traits: [shoeSize] }\n");
    const { out } = await relance(["plan", folder, "--days", "365"], { data });
    expect(out).not.toContain("does not change itself");
    expect(out).toMatch(/4 campaigns unchanged: (\d+) → \1 mails/);
  });
});
