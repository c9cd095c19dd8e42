// Proves that the README is true: every command and program in it runs, the campaign is valid, the files exist.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readMarketing } from "../../shared/authoring/read-folder.ts";
import { aFolder, folderForFile } from "../support/local-folder.ts";
import { addressOf, WRITE_KEY } from "../support/local-server.ts";
import { blocksOf, commandsOf } from "./markdown.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const run = promisify(execFile);

/** Commands that cannot run inside this test, and where they are run. */
const RUN_ELSEWHERE: Record<string, string> = {
  "npm start": "by this test, as the server of all the others",
  "npm test": "it is what runs this test",
  "npm run check": "by the continuous integration, before the tests",
};
const blocks = blocksOf(README);
const shell = blocks
  .filter(({ language }) => language === "sh")
  .flatMap(commandsOf)
  .filter((command) => !(command in RUN_ELSEWHERE));
const programs = blocks.filter(({ language }) => language === "js");

describe("the README", () => {
  const folder = folderForFile();
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PORT: "0",
    RELANCE_DATA: join(folder, "data"),
    RELANCE_WRITE_KEY: WRITE_KEY,
  };
  let server: ReturnType<typeof spawn>;
  let url: string;

  beforeAll(async () => {
    server = spawn("npm", ["start"], { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
    url = await addressOf(server);
  }, 120_000);
  afterAll(async () => {
    const ended = once(server, "exit");
    server.kill("SIGTERM");
    await ended;
  });

  /** What takes minutes as it stands there. */
  const QUICK: Record<string, string> = {
    "npm run bench": " -- --quick",
    "npm run simulate": " -- --seeds 100",
    "npm run torture": " -- --seconds 2 --rate 200 --kills 1 --lookup known",
  };
  const here = (text: string) => text.replaceAll("http://127.0.0.1:8787", url);

  test.each(shell.map((command) => [command]))("runs: %s", { timeout: 120_000 }, async (command) => {
    const quick = `${command}${QUICK[command] ?? ""}`;
    await run("bash", ["-c", `set -eu -o pipefail; ${here(quick)}`], { cwd: ROOT, env, maxBuffer: 10_000_000 });
  });

  test.each(programs.map(({ line, text }) => [line, text]))(
    "runs the program at line %i",
    { timeout: 60_000 },
    async (_line, text) => {
      await run(process.execPath, ["--input-type=module", "-e", here(text as string)], { cwd: ROOT, env });
    },
  );

  test("the events of its programs arrive", async () => {
    const answer = await fetch(`${url}/api/profiles/42/timeline`);
    const { items } = (await answer.json()) as { items: { type?: string }[] };
    expect(items.map(({ type }) => type).filter((type) => type === "purchase.completed")).toHaveLength(2);
  });

  test("its campaign is valid beside the shipped ones", async () => {
    const copy = aFolder();
    cpSync(join(ROOT, "marketing"), copy, { recursive: true });
    const [campaign] = blocks.filter(({ language }) => language === "yaml");
    writeFileSync(join(copy, "campaigns/thank-you.yaml"), campaign?.text ?? "");
    expect((await readMarketing(copy)).problems).toEqual([]);
    expect(campaign?.text.trim().split("\n").length).toBeLessThanOrEqual(10);
  });

  test("its first code block comes by line 20, and every file it names exists", () => {
    expect(blocks[0]?.line).toBeLessThanOrEqual(20);
    const named = [...README.matchAll(/`((?:functions|shared|infra|docs|marketing|cli|test)\/[\w./-]+\.\w+)`/g)].map(
      (match) => match[1] as string,
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});
