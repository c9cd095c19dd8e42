// Guarantees of the start: the demo shop, broken folders and busy places, serving and stopping.
import { readFileSync } from "node:fs";
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Summary } from "../../shared/pipeline/views/summary.ts";
import { aFolder } from "../support/local-folder.ts";
import { hasSaid, relance, relanceJson, startRelance } from "./command-line.ts";

const SMALL = ["dev", "--demo-profiles", "60"];
type Reported = { url: string; writeKey: string; summary: Summary };

describe("relance dev --once", () => {
  test("loads the demo shop, and its summary is what the api says", async () => {
    const data = aFolder();
    const { summary } = await relanceJson<Reported>([...SMALL, "--once"], { data });
    const { now, asOf, ...numbers } = await relanceJson<Summary>(["summary"], { data });
    expect(summary).toMatchObject(numbers);
    expect(Math.abs(Date.parse(now) - Date.now())).toBeLessThan(60_000);
    expect(summary.profiles).toBeGreaterThan(50);
    const byType = Object.values(summary.events.byType).reduce((total, n) => total + n, 0);
    expect(summary.events.total).toBe(byType);
    const mails = await relanceJson<{ items: unknown[] }>(["sends", "--state", "SENT", "--most", "5000"], { data });
    expect(mails.items).toHaveLength(summary.campaigns.reduce((total, { sent }) => total + sent, 0));
    for (const { id, members } of summary.segments) {
      const listed = await relanceJson<{ items: unknown[] }>(["segments", id, "--most", "5000"], { data });
      expect(listed.items).toHaveLength(members);
    }
  });

  test("ends with numbers and three commands that work, and does not load the demo twice", async () => {
    const data = aFolder();
    const first = await relance([...SMALL, "--once"], { data });
    expect(first.code).toBe(0);
    const [, userId = "", campaign = ""] = /relance -- explain (\S+) (\S+)/.exec(first.out) ?? [];
    const explained = await relance(["explain", userId, campaign], { data });
    expect(explained).toMatchObject({ code: 0, err: "" });
    expect(explained.out).toMatch(/^Not sent: .* is refused \(.*\) since /);
    const moved = await relance(["clock", "P3D"], { data });
    expect(moved.out).toMatch(/^It is \d{4}-\d\d-\d\d \d\d:\d\d UTC\.\n$/);
    const again = await relance([...SMALL, "--once"], { data });
    expect(again).toMatchObject({ code: 0, err: "" });
  });

  test("--empty leaves the data folder without a demo", async () => {
    const { summary } = await relanceJson<Reported>(["dev", "--once", "--empty"], { data: aFolder() });
    expect(summary).toMatchObject({ profiles: 0, events: { total: 0 } });
  });

  test("a demo load that was stopped is begun anew by the next start, and used by nobody before", async () => {
    const data = aFolder();
    const stopped = await relance([...SMALL, "--once"], {
      data,
      onError: (text, stop) => text.includes("Loading") && stop(),
    });
    expect(stopped.code).toBe(1);
    expect(stopped.err).toContain("Stopped before the demo shop was loaded; the next start loads it anew.");
    const used = await relance(["summary"], { data });
    expect(used).toMatchObject({ code: 1, out: "" });
    expect(used.err).toContain("is only half loaded: npm start loads it anew.");
    const { summary } = await relanceJson<Reported>([...SMALL, "--once"], { data });
    expect(summary.profiles).toBeGreaterThan(50);
  });
});

describe("relance dev with a broken marketing folder", () => {
  async function aMarketingFolder(): Promise<string> {
    const folder = join(aFolder(), "marketing");
    await cp("marketing", folder, { recursive: true });
    return folder;
  }

  test("stops with file, line, column and the fix before anything is served or stored", async () => {
    const [data, marketing] = [aFolder(), await aMarketingFolder()];
    const file = join(marketing, "campaigns", "welcome.yaml");
    const lines = (await readFile(file, "utf8")).replace("reentry: never", "reentri: never").split("\n");
    await writeFile(file, lines.join("\n"));
    const line = lines.findIndex((text) => text.startsWith("reentri")) + 1;
    const started = await relance(["dev", "--marketing", marketing], { data });
    expect(started).toMatchObject({ code: 1, out: "" });
    expect(started.err).toContain(
      `${marketing}/campaigns/welcome.yaml:${line}:1: reentri is not a known field; did you mean reentry?`,
    );
    const validated = await relance(["validate", marketing], { data });
    expect(validated.code).toBe(1);
    expect(validated.out).toContain(`welcome.yaml:${line}:1:`);
    expect(await relanceJson(["dev", "--once", "--empty"], { data })).toMatchObject({ summary: { profiles: 0 } });
  });

  test("relance validate says how many definitions are sound", async () => {
    const { code, out } = await relance(["validate"], { data: aFolder() });
    expect(out).toMatch(/^\d+ definitions and \d+ tests, no problems\n$/);
    expect(code).toBe(0);
  });
});

describe("relance dev that cannot start", () => {
  test("names the busy port, before the demo is loaded", async () => {
    const busy = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void busy.close());
    await new Promise((resolve) => busy.once("listening", resolve));
    const { port } = busy.address() as AddressInfo;
    const { code, err } = await relance(["dev"], { data: aFolder(), variables: { PORT: String(port) } });
    expect({ code, err }).toEqual({
      code: 1,
      err: `relance: Port ${port} is in use: stop the other program or choose another with PORT=${port + 1} npm start.\n`,
    });
  });

  test("names a data folder that cannot be written", async () => {
    const data = join(aFolder(), "file");
    await writeFile(data, "");
    const { code, err } = await relance(["dev", "--once"], { data });
    expect(code).toBe(1);
    expect(err).toMatch(/^relance: The data folder \S+ cannot be written \(\w+\): .*RELANCE_DATA\.\n$/);
  });

  test("names a data folder of a newer version", async () => {
    const data = aFolder();
    const db = new DatabaseSync(join(data, "relance.db"));
    db.exec(
      "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID; INSERT INTO meta VALUES ('data_version', '99')",
    );
    db.close();
    const { code, err } = await relance(["dev", "--once"], { data });
    expect(code).toBe(1);
    expect(err).toMatch(/^relance: The data in \S+ was written by a newer Relance \(data version 99, .*\n$/);
  });

  test("answers with JSON where JSON was asked for", async () => {
    const data = join(aFolder(), "file");
    await writeFile(data, "");
    const { code, out, err } = await relance(["dev", "--once", "--json"], { data });
    expect({ code, err }).toEqual({ code: 1, err: "" });
    expect(JSON.parse(out)).toMatchObject({ error: { code: "data_folder_unusable" } });
  });
});

describe("relance dev as a server", () => {
  test("is found by the other commands, stops at SIGTERM with exit code 0, and leaves no trace of a server", async () => {
    const data = aFolder();
    const server = startRelance(["dev", "--empty"], { data });
    await hasSaid(server, /Relance is running/);
    const { url, pid } = JSON.parse(readFileSync(join(data, "server.json"), "utf8"));
    expect(pid).toBe(server.child.pid);
    const consent = ["--trait", "email=ada@example.com", "--trait", "consent.marketing=granted"];
    expect((await relance(["trigger", "lead.created", "--user", "ada", ...consent], { data })).code).toBe(0);
    await relance(["clock", "PT1H"], { data });
    const { out } = await relance(["explain", "ada", "welcome"], { data });
    expect(out).toMatch(/^Under way: the next step is due /);
    expect(out).toMatch(/ say-hello {2}SENT\n/);
    const page = await relance(["profile", "ada"], { data });
    expect(page.out).toContain("consent to marketing  granted");
    expect(page.out).toContain("mail welcome/say-hello: SENT");
    const tail = await relance(["tail", "--once"], { data });
    expect(tail.out).toContain("lead.created");
    const outbox = (await (await fetch(`${url}/api/outbox`)).json()) as { items: { to: string }[] };
    expect(outbox.items.map(({ to }) => to)).toEqual([expect.stringContaining("ada@example.com")]);
    // One Ctrl-C often comes twice: from the terminal, and from npm or the launcher that hand it on.
    server.child.kill("SIGTERM");
    server.child.kill("SIGTERM");
    expect((await server.ended).code).toBe(0);
    expect(await readdir(data)).not.toContain("server.json");
  });

  test("killed, is passed over by the other commands, which open the data folder themselves", async () => {
    const data = aFolder();
    const server = startRelance(["dev", "--empty"], { data });
    await hasSaid(server, /Relance is running/);
    expect((await relance(["trigger", "lead.created", "--user", "ada"], { data })).code).toBe(0);
    server.child.kill("SIGKILL");
    await server.ended;
    expect(await readdir(data)).toContain("server.json");
    const { profiles } = await relanceJson<Summary>(["summary"], { data });
    expect(profiles).toBe(1);
  });

  test("a demo load that was killed is begun anew", async () => {
    const data = aFolder();
    const loading = startRelance(["dev", "--once", "--demo-profiles", "3000"], { data });
    await new Promise((resolve) => loading.child.stderr?.once("data", resolve));
    loading.child.kill("SIGKILL");
    await loading.ended;
    const { code, err, out } = await relance([...SMALL, "--once", "--json"], { data });
    expect(err).toContain("The last start was stopped while it loaded the demo shop: beginning anew.");
    expect({ code, profiles: JSON.parse(out).summary.profiles > 50 }).toEqual({ code: 0, profiles: true });
  });
});
