// Guarantees of relance export, erase and retention: they say what they do, ask before, and tell how it ended.
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { aFolder } from "../support/local-folder.ts";
import { relance, relanceJson } from "./command-line.ts";

/** A shop with one lead, canary-lea. */
async function aShop(): Promise<string> {
  const data = aFolder();
  await relance(["dev", "--once", "--empty", "--marketing", "test/data/small-shop"], { data });
  const traits = ["--trait", "email=canary.lea@example.com", "--trait", "consent.marketing=granted"];
  await relance(["trigger", "lead.created", "--user", "canary-lea", ...traits], { data });
  return data;
}

describe("relance export", () => {
  test("prints everything as JSON, or writes it to a file that only its owner reads", async () => {
    const data = await aShop();
    const shown = await relance(["export", "canary-lea"], { data });
    expect(JSON.parse(shown.out)).toMatchObject({ address: { email: "canary.lea@example.com" } });
    const file = join(aFolder(), "lea.json");
    const { code, out } = await relance(["export", "canary-lea", "--out", file], { data });
    expect([code, out]).toEqual([0, `Written to ${file}.\n`]);
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ person: { identities: ["userId:canary-lea"] } });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("writes over no file but with --force, and then nobody else can read it either", async () => {
    const data = await aShop();
    const file = join(aFolder(), "lea.json");
    writeFileSync(file, "mine", { mode: 0o644 });
    const refused = await relance(["export", "canary-lea", "--out", file], { data });
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("is there already; nothing was written")]);
    expect(readFileSync(file, "utf8")).toBe("mine");
    const { code } = await relance(["export", "canary-lea", "--out", file, "--force"], { data });
    expect([code, statSync(file).mode & 0o777]).toEqual([0, 0o600]);
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ person: { identities: ["userId:canary-lea"] } });
    expect((await relance(["export", "canary-lea", "--force"], { data })).code).toBe(2);
  });

  test("says of a file that cannot be written, and of a person nobody knows, what is wrong", async () => {
    const data = await aShop();
    const unwritable = await relance(["export", "canary-lea", "--out", join(data, "no", "such", "lea.json")], { data });
    expect([unwritable.code, unwritable.err]).toEqual([1, expect.stringContaining("cannot be written")]);
    const unknown = await relance(["export", "nobody"], { data });
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('There is no profile "nobody"')]);
  });
});

describe("relance erase", () => {
  test("does nothing where nobody can be asked and --yes was not said", async () => {
    const data = await aShop();
    const { code, err } = await relance(["erase", "canary-lea"], { data });
    expect(code).toBe(1);
    expect(err).toMatch(/^relance: Erase canary-lea \([a-z0-9]{16}\) with \d+ events? and \d+ mails?\?/);
    expect(err).toContain("This cannot be undone. Nobody can be asked here: say yes with --yes.");
    expect((await relance(["profile", "canary-lea"], { data })).code).toBe(0);
  });

  test("erases by user id, and tells how much that was", async () => {
    const data = await aShop();
    const { code, out } = await relance(["erase", "canary-lea", "--yes"], { data });
    expect([code, out]).toEqual([0, expect.stringMatching(/^Erased: \d+ items deleted, and the address is closed\./)]);
    expect((await relance(["profile", "canary-lea"], { data })).code).toBe(1);
  });

  test("erases by address, and does not tell whether anybody had it", async () => {
    const data = await aShop();
    const known = await relance(["erase", "Canary.Lea@example.com", "--yes"], { data });
    const unknown = await relance(["erase", "nobody@example.com", "--yes"], { data });
    expect(known).toEqual(unknown);
    expect((await relance(["profile", "canary-lea"], { data })).code).toBe(1);
  });

  test("says of somebody who was erased before when that was, by id and by opaque id", async () => {
    const data = await aShop();
    const { profileId } = await relanceJson<{ profileId: string }>(["erase", "canary-lea", "--yes"], { data });
    for (const who of [profileId, "canary-lea"]) {
      const { code, out } = await relance(["erase", who], { data });
      expect([code, out]).toEqual([
        0,
        expect.stringMatching(/^This person was erased on \d{4}-\d\d-\d\d .* UTC; there/),
      ]);
    }
    expect(await relanceJson(["erase", profileId], { data })).toMatchObject({ profileId, wasErased: true });
  });

  test.each(["not@valid", "@", "Lea <lea@example.com>"])("says of %j that it is no address", async (who) => {
    const { code, err } = await relance(["erase", who, "--yes"], { data: await aShop() });
    expect([code, err]).toEqual([2, expect.stringContaining("no address mail can go to")]);
  });

  test("names apart who has an address and who had it, and erases both", async () => {
    const data = await aShop();
    const call = (user: string, email: string) =>
      relance(["trigger", "lead.created", "--user", user, "--trait", `email=${email}`], { data });
    await call("canary-mia", "canary.lea@example.com");
    await call("canary-mia", "canary.mia@example.com");
    const asked = await relance(["erase", "canary.lea@example.com"], { data });
    expect(asked.err).toMatch(
      /It is the address of \S+ \(userId:canary-lea\)\. It was before that of \S+ \(userId:canary-mia\)\./,
    );
    expect((await relance(["erase", "canary.lea@example.com", "--yes"], { data })).code).toBe(0);
    for (const user of ["canary-lea", "canary-mia"]) expect((await relance(["profile", user], { data })).code).toBe(1);
  });

  test("is not undone by an import, which tells how many rows it left out", async () => {
    const data = await aShop();
    await relance(["erase", "canary-lea", "--yes"], { data });
    const orders = join(aFolder(), "orders.csv");
    writeFileSync(orders, "who,day,sum\ncanary-lea,2024-01-01,10.10\nsomebody,2024-01-01,0.20\n");
    const columns = ["--customer", "who", "--at", "day", "--amount", "sum", "--currency", "EUR"];
    const { code, out } = await relance(["import", "orders", orders, ...columns], { data });
    expect([code, out]).toEqual([
      0,
      "1 order of 1 profile, total 0.20 EUR\n  1 new, 0 duplicate, 0 rejected\n  1 left out: these people were erased, and nothing is kept of them\n",
    ]);
    expect((await relance(["profile", "canary-lea"], { data })).code).toBe(1);
  });

  test("reapplies what is on record", async () => {
    const data = await aShop();
    await relance(["erase", "canary-lea", "--yes"], { data });
    const { code, out } = await relance(["erase", "--reapply"], { data });
    expect([code, out]).toEqual([0, "1 erasure on record; 0 people were erased again.\n"]);
  });

  test.each([[["erase"]], [["erase", "canary-lea", "--reapply"]]])("%j is not understood", async (words) => {
    const { code, err } = await relance(words, { data: aFolder() });
    expect([code, err]).toEqual([2, expect.stringContaining("relance erase needs WHO")]);
  });
});

describe("relance retention", () => {
  test("is a dry run; with --erase and --yes it erases", async () => {
    const data = await aShop();
    expect((await relance(["retention"], { data })).out).toContain("0 of 1 person did nothing since");
    await relance(["clock", "P4Y"], { data });
    const dry = await relance(["retention"], { data });
    expect(dry.out).toContain("1 of 1 person did nothing since");
    expect(dry.out).not.toContain("canary");
    expect((await relanceJson(["retention"], { data })) as object).toMatchObject({ looked: 1, items: [{}] });
    expect((await relance(["profile", "canary-lea"], { data })).code).toBe(0);
    expect((await relance(["retention", "--erase"], { data })).code).toBe(1);
    const { code, out } = await relance(["retention", "--erase", "--yes"], { data });
    expect([code, out]).toEqual([0, "1 person of 1 erased; what is kept of them goes within minutes.\n"]);
    expect((await relance(["profile", "canary-lea"], { data })).code).toBe(1);
  });
});

test("an address that several people have names nobody: they are listed, and nothing is shown or done", async () => {
  const data = await aShop();
  const traits = ["--trait", "email=canary.lea@example.com"];
  await relance(["trigger", "lead.created", "--user", "canary-tom", ...traits], { data });
  const asked = "canary.lea@example.com";
  const deny = ["consent", asked, "--deny", "marketing", "--how", "letter"];
  for (const words of [["export", asked], ["consent", asked], deny, ["profile", asked], ["explain", asked]]) {
    const { code, err } = await relance(words, { data });
    expect([code, err]).toEqual([1, expect.stringMatching(/2 people have the address .* opaque id: .*userId:canary-/)]);
    expect(err).toMatch(/userId:canary-lea.*userId:canary-tom|userId:canary-tom.*userId:canary-lea/);
  }
  expect((await relance(["consent", "canary-lea"], { data })).out).toContain("marketing      granted");
  const alone = ["--trait", "email=canary.tom@example.com"];
  await relance(["trigger", "lead.created", "--user", "canary-tom", ...alone], { data });
  expect((await relance(["profile", asked], { data })).code).toBe(0);
});
