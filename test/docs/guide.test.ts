// Proves that the marketer's guide is true: every example is valid, every mistake is answered as printed, every command runs.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { CompiledTemplate } from "../../shared/authoring/compiled-cache.ts";
import { type Marketing, readMarketing } from "../../shared/authoring/read-folder.ts";
import { problemText } from "../../shared/authoring/source-problem.ts";
import { comparisonKeys } from "../../shared/domain/comparison.ts";
import { checkCondition } from "../../shared/domain/condition.ts";
import type { Json } from "../../shared/domain/json.ts";
import { stepSchema } from "../../shared/domain/step.ts";
import { aFolder, folderForFile } from "../support/local-folder.ts";
import { addressOf, WRITE_KEY } from "../support/local-server.ts";
import { anchorsOf, type Block, blocksOf, commandsOf } from "./markdown.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const GUIDE = readFileSync(join(ROOT, "docs/guide.md"), "utf8");
const run = promisify(execFile);
const blocks = blocksOf(GUIDE);

const FILE = /^(?:# |<!-- )((?:campaigns|segments|templates)\/[\w./-]+|relance\.yaml|facts\.yaml)(?: -->)?$/;
const BROKEN = /^# broken: (\S+)$/;
/** Blocks that stand in relance.yaml beside what the shipped one says; what both say is said by the block. */
const SETTINGS_PART = "# a part of relance.yaml";
/** Fragments of a definition, and the definition that they are tried in. */
const FRAGMENTS: Record<string, (part: Json) => { kind: "segment" | "campaign"; body: object }> = {
  "# conditions": (where) => ({ kind: "segment", body: { where } }),
  "# conditions on an event": (audience) => campaign({ event: "purchase.completed" }, { audience }),
  "# triggers": (on) => campaign(on),
};

function campaign(on: Json, more: object = {}) {
  return { kind: "campaign" as const, body: { on, ...more, steps: [{ id: "say-it", send: "welcome" }] } };
}

const firstLine = ({ text }: Block) => text.slice(0, text.indexOf("\n"));
const isDefinition = ({ language }: Block) => language === "yaml" || language === "xml";
const files = blocks.filter(isDefinition).flatMap((block) => {
  const file = FILE.exec(firstLine(block))?.[1];
  return file === undefined ? [] : [{ file, text: block.text }];
});
const tableConditions = [...GUIDE.matchAll(/^\| *([\w.]+) *\| [^|]+\| `(\{.*\})` *\|$/gm)].map(
  ([, peer = "", text = ""]) => ({
    peer,
    part: parse(text) as Json,
  }),
);
const fragments = [
  ...blocks.flatMap((block) => {
    const wrap = block.language === "yaml" ? FRAGMENTS[firstLine(block)] : undefined;
    return wrap === undefined ? [] : (parse(block.text) as Json[]).map((part) => ({ part, ...wrap(part) }));
  }),
  ...tableConditions.map(({ part }) => ({ part, kind: "segment" as const, body: { where: part } })),
].map(({ part, kind, body }, index) => ({
  said: JSON.stringify(part),
  part,
  file: `${kind}s/fragment-${index}.yaml`,
  text: JSON.stringify({ [kind]: `fragment-${index}`, title: "A fragment", ...body }),
}));
const settingsParts = blocks.filter((block) => isDefinition(block) && firstLine(block) === SETTINGS_PART);
const broken = blocks.flatMap((block, index) => {
  const file = BROKEN.exec(firstLine(block))?.[1];
  return file === undefined ? [] : [{ file, text: block.text, answer: (blocks[index + 1] as Block).text }];
});

const compiled = new Map<string, CompiledTemplate>();
const cache = {
  get: async (hash: string) => compiled.get(hash),
  put: async (hash: string, template: CompiledTemplate) => void compiled.set(hash, template),
};

/** The shipped folder with these files in it, read as `relance validate` reads it. */
function readWith(more: { file: string; text: string }[], folder: string): Promise<Marketing> {
  cpSync(join(ROOT, "marketing"), folder, { recursive: true });
  for (const { file, text } of more) write(folder, file, text);
  return readMarketing(folder, { shownAs: "my-shop", cache });
}

function write(folder: string, file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

describe("the examples of the guide", () => {
  const folder = folderForFile();
  let whole: Marketing;
  beforeAll(async () => {
    whole = await readWith([...files, ...fragments], folder);
  }, 60_000);
  const problemsOf = (file: string) => whole.problems.filter((one) => one.file === `my-shop/${file}`).map(problemText);

  test("each say what they are", () => {
    const known = (block: Block) =>
      [FILE, BROKEN].some((first) => first.test(firstLine(block))) ||
      firstLine(block) in FRAGMENTS ||
      settingsParts.includes(block);
    expect(blocks.filter(isDefinition).filter((block) => !known(block))).toEqual([]);
    expect(new Set(files.map(({ file }) => file)).size).toBe(files.length);
  });

  test.each(files.map(({ file }) => file))("%s is sound", (file) => {
    expect(problemsOf(file)).toEqual([]);
  });

  test.each(fragments)("is sound: $said", ({ file }) => {
    expect(problemsOf(file)).toEqual([]);
  });

  test.each(settingsParts.map(({ line, text }) => [line, text] as const))(
    "the part of relance.yaml at line %i is sound",
    async (_line, text) => {
      const shipped = parse(readFileSync(join(ROOT, "marketing/relance.yaml"), "utf8")) as object;
      const settings = JSON.stringify({ ...shipped, ...(parse(text) as object) });
      const { problems } = await readWith([{ file: "relance.yaml", text: settings }], aFolder());
      expect(problems.map(problemText)).toEqual([]);
    },
  );

  test("lead to no problem elsewhere in the starter set", () => {
    expect(whole.problems.map(problemText)).toEqual([]);
  });

  test.each(broken)("the mistake in $file is answered as printed", async ({ file, text, answer }) => {
    const { problems } = await readWith([{ file, text }], aFolder());
    expect(problems.map((problem) => `${problemText(problem)}\n`).join("")).toBe(answer);
  });

  test("show every operator, every comparison and every step", () => {
    const operators = /needs one of (.*)$/.exec(checkCondition({}, "where")[0]?.message ?? "")?.[1]?.split(", ") ?? [];
    expect(operators.length).toBeGreaterThan(15);
    const shown = fragments.map(({ said }) => said).join("\n");
    expect([...operators, ...comparisonKeys].filter((key) => !shown.includes(`"${key}":`))).toEqual([]);
    const kinds =
      /exactly one of (.*)$/.exec(stepSchema.safeParse({}).error?.issues[0]?.message ?? "")?.[1]?.split(", ") ?? [];
    expect(kinds.length).toBeGreaterThan(5);
    const campaigns = files.map(({ text }) => text).join("\n");
    expect(
      kinds.filter((kind) => !new RegExp(`\\b${kind}: `).test(campaigns) && !campaigns.includes(`${kind}:\n`)),
    ).toEqual([]);
  });

  test("five other products are answered, with at least three examples each", () => {
    const peers = Map.groupBy(tableConditions, ({ peer }) => peer);
    expect([...peers.keys()]).toEqual(["Klaviyo", "Customer.io", "Braze", "Mautic", "Pinpoint"]);
    for (const examples of peers.values()) expect(examples.length).toBeGreaterThanOrEqual(3);
  });

  test("lists every campaign of the starter library", () => {
    const [, section = ""] = /^## The starter library$([\s\S]*?)^## /m.exec(GUIDE) ?? [];
    const listed = [...section.matchAll(/^\| `([a-z-]+)` +\|/gm)].map(([, id]) => id);
    const names = new Set(files.map(({ file }) => file));
    const shipped = whole.definitions.filter(
      ({ kind, file }) => kind === "campaign" && !names.has(file) && !file.includes("fragment-"),
    );
    expect(listed.toSorted()).toEqual(shipped.map(({ id }) => id).toSorted());
  });

  test("leads to headings and files that exist", () => {
    const links = [...GUIDE.matchAll(/\]\(([^)]+)\)/g)].map(([, link = ""]) => link.replace(/\s/g, ""));
    expect(links.length).toBeGreaterThan(15);
    for (const link of links) {
      const [file = "", anchor] = link.split("#");
      const path = join(ROOT, "docs", file === "" ? "guide.md" : file);
      expect([link, existsSync(path)]).toEqual([link, true]);
      if (anchor !== undefined) expect(anchorsOf(readFileSync(path, "utf8"))).toContain(anchor);
    }
  });
});

/** Done before the others, in another form. */
const DONE_FIRST = ["cp -r marketing my-shop", "npm start -- --marketing my-shop"];
/** Terraform's detailed exit codes: there are changes. */
const CHANGES = 2;

describe("the commands of the guide", () => {
  const folder = folderForFile();
  const shop = join(folder, "my-shop");
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PORT: "0",
    RELANCE_DATA: join(folder, "data"),
    RELANCE_WRITE_KEY: WRITE_KEY,
  };
  let server: ReturnType<typeof spawn>;
  let planned = "";

  beforeAll(async () => {
    cpSync(join(ROOT, "marketing"), shop, { recursive: true });
    const start = ["start", "--", "--marketing", shop, "--demo-profiles", "300"];
    server = spawn("npm", start, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
    await addressOf(server);
  }, 120_000);
  afterAll(async () => {
    const ended = once(server, "exit");
    server.kill("SIGTERM");
    await ended;
  });

  test("begin with a copy and a start", () => {
    expect(
      blocks
        .filter(({ language }) => language === "sh")
        .flatMap(commandsOf)
        .slice(0, 2),
    ).toEqual(DONE_FIRST);
  });

  // In the order of the text: what is written before a command is there when it runs.
  for (const block of blocks) {
    const file = isDefinition(block) ? FILE.exec(firstLine(block))?.[1] : undefined;
    if (file !== undefined) test(`${file} is written`, () => write(shop, file, block.text));
    if (block.language !== "sh") continue;
    const commands = commandsOf(block).filter((command) => !DONE_FIRST.includes(command));
    test.each(commands)("runs: %s", { timeout: 120_000 }, async (command) => {
      const here = command.replaceAll("my-shop", shop).replace(/\b[0-9a-z]{8}@\d+/, planned);
      const { code, out } = await outcome(here);
      expect({ code, out }).toMatchObject({ code: command.includes("-- plan ") ? CHANGES : 0 });
      planned = /apply ([0-9a-z]{8}@\d+)$/m.exec(out)?.[1] ?? planned;
    });
  }

  async function outcome(command: string): Promise<{ code: number; out: string }> {
    try {
      const { stdout } = await run("bash", ["-c", command], { cwd: ROOT, env, maxBuffer: 10_000_000 });
      return { code: 0, out: stdout };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, out: stdout + stderr };
    }
  }
});
