// Guarantees of the commands for those who write campaigns: what is printed, for people and for machines, and how they end.
import { existsSync, readFileSync } from "node:fs";
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readMarketing } from "../../shared/authoring/read-folder.ts";
import { aFolder as aMarketingFolder } from "../authoring/a-folder.ts";
import { aFolder } from "../support/local-folder.ts";
import { relance, relanceJson } from "./command-line.ts";

const call = (...words: string[]) => relance(words, { data: aFolder() });
const TEST =
  "test: a lead is greeted\ngiven: [{ at: 2026-03-02 10:00, event: lead.created }]\nexpect: [{ at: 2026-03-05 10:00, sent: hello/say-hello }]\n";

describe("relance validate", () => {
  test("counts what is sound", async () => {
    const folder = await aMarketingFolder({ "campaigns/hello.test.yaml": TEST });
    expect(await call("validate", folder)).toEqual({
      code: 0,
      out: "4 definitions and 1 test, no problems\n",
      err: "",
    });
  });

  test("warnings are printed and fail nothing", async () => {
    const folder = await aMarketingFolder({
      "segments/x.yaml": "segment: x\ntitle: x\nwhere: { trait: colour, eq: red }\n",
    });
    const { code, out } = await call("validate", folder);
    expect(code).toBe(0);
    expect(out).toBe(
      `${folder}/segments/x.yaml:3:10: warning: where.trait names the trait colour, which is not known; mend the name, or declare it in facts.yaml under traits\n1 warning in ${folder}\n`,
    );
    const { problems } = await relanceJson<{ problems: object[] }>(["validate", folder], { data: aFolder() });
    expect(problems).toEqual([
      {
        file: `${folder}/segments/x.yaml`,
        line: 3,
        column: 10,
        severity: "warning",
        code: "unknown_trait",
        message: expect.any(String),
      },
    ]);
  });

  test("errors end with exit code 1, beside the warnings", async () => {
    const folder = await aMarketingFolder({
      "segments/x.yaml": "segment: x\ntitle: x\nwhere: { trait: colour, eq: red }\n",
      "segments/y.yaml": "segment: y\ntitle: y\nwhere: { trait: country, eq: 5 }\n",
    });
    const { code, out } = await call("validate", folder);
    expect(code).toBe(1);
    expect(out).toContain(
      `${folder}/segments/y.yaml:3:26: where.eq can never match: country is a text; put it in quotes: "5"\n`,
    );
    expect(out.endsWith(`1 error and 1 warning in ${folder}\n`)).toBe(true);
    const json = await call("validate", folder, "--json");
    expect(json.code).toBe(1);
    expect(
      (JSON.parse(json.out) as { problems: { severity: string }[] }).problems.map(({ severity }) => severity),
    ).toEqual(["warning", "error"]);
  });
});

describe("relance test", () => {
  test("prints each test by file, and how many hold", async () => {
    const folder = await aMarketingFolder({ "campaigns/hello.test.yaml": TEST });
    expect(await call("test", folder)).toEqual({
      code: 0,
      out: `${folder}/campaigns/hello.test.yaml\n  ok    a lead is greeted\n\n1 test passed\n`,
      err: "",
    });
  });

  test("a failing one shows where, both sides, and what happened; exit code 1", async () => {
    const file = TEST.replace("2026-03-05", "2026-03-06");
    const folder = await aMarketingFolder({ "campaigns/hello.test.yaml": `${TEST}---\n${file}` });
    const { code, out } = await call("test", folder);
    expect(code).toBe(1);
    expect(out).toBe(`${folder}/campaigns/hello.test.yaml
  ok    a lead is greeted
  FAIL  a lead is greeted
        ${folder}/campaigns/hello.test.yaml:7:34: hello/say-hello was to be sent at 2026-03-06 10:00, but it was sent at 2026-03-05 10:00

        Mails and events (- expected, + happened; times in Europe/Paris):
          + 2026-03-05 10:00  sent     hello/say-hello
          - 2026-03-06 10:00  sent     hello/say-hello

        What happened, in order:
          2026-03-02 09:59  profile.identified arrives { traits: { email: someone@example.com, consent: { marketing: granted } } } (known before, of 2026-03-02 09:59)
          2026-03-02 10:00  lead.created arrives
          2026-03-02 10:00  hello is entered
          2026-03-02 10:00  enters the segment leads
          2026-03-02 10:00  hello waits at pause, until 2026-03-05 10:00 at most
          2026-03-05 10:00  hello ends: completed
          2026-03-05 10:00  sent     hello/say-hello: Bonjour

1 passed, 1 failed
`);
  });

  test("answers machines with every result", async () => {
    const folder = await aMarketingFolder({ "campaigns/hello.test.yaml": TEST });
    const answer = await relanceJson<{ passed: number; failed: number; results: object[] }>(["test", folder], {
      data: aFolder(),
    });
    expect(answer).toMatchObject({
      passed: 1,
      failed: 0,
      results: [{ test: "a lead is greeted", line: 1, passed: true, failures: [] }],
    });
  });

  test("--only picks by sentence or file; what picks nothing is not understood", async () => {
    const folder = await aMarketingFolder({
      "campaigns/hello.test.yaml": TEST,
      "more.test.yaml": TEST.replace("a lead is greeted", "somebody else is"),
    });
    expect((await call("test", folder, "--only", "greeted")).out).toContain("1 test passed");
    expect((await call("test", folder, "--only", "more.test")).out).toContain("somebody else is");
    const { code, err } = await call("test", folder, "--only", "nobody");
    expect({ code, err }).toEqual({ code: 2, err: `relance: None of 2 tests in ${folder} contains "nobody".\n` });
  });

  test("a folder without tests says where they go", async () => {
    const folder = await aMarketingFolder();
    const { code, err } = await call("test", folder);
    expect({ code, err }).toEqual({
      code: 2,
      err: `relance: There are no tests in ${folder}: write them into files such as campaigns/welcome.test.yaml.\n`,
    });
  });

  test("a folder with errors runs none", async () => {
    const folder = await aMarketingFolder({ "campaigns/hello.test.yaml": TEST.replace("sent", "snet") });
    const { code, out } = await call("test", folder);
    expect(code).toBe(1);
    expect(out).toBe(
      `${folder}/campaigns/hello.test.yaml:3:34: expect[0].snet is not a known field; did you mean sent?\n1 error in ${folder}; no test was run\n`,
    );
    const json = await call("test", folder, "--json");
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({
      error: { code: "broken_marketing" },
      problems: [{ line: 3, severity: "error" }],
    });
  });
});

describe("relance schema", () => {
  test("writes a schema for each kind of file, and says how editors find it", async () => {
    const folder = await aMarketingFolder();
    const { code, out } = await call("schema", folder);
    expect(code).toBe(0);
    expect(out).toContain(`6 schemas written to ${folder}/.schema\n`);
    expect(out).toContain("# yaml-language-server: $schema=../.schema/campaign.json\n");
    for (const name of ["campaign", "segment", "settings", "facts", "template", "test"]) {
      expect(JSON.parse(readFileSync(join(folder, ".schema", `${name}.json`), "utf8"))).toMatchObject({
        type: "object",
      });
    }
    expect((await readMarketing(folder)).problems).toEqual([]);
  });

  test("--link tells every file its schema once, and changes nothing that is published", async () => {
    const folder = await aMarketingFolder({ "campaigns/hello.test.yaml": TEST });
    await appendFile(join(folder, "relance.yaml"), "# yaml-language-server: $schema=https://my.example/other.json\n");
    const bodies = async () => (await readMarketing(folder)).definitions.map(({ body }) => body);
    const before = await bodies();
    const linked = [
      "campaigns/hello.yaml",
      "segments/leads.yaml",
      "templates/greeting/template.yaml",
      "campaigns/hello.test.yaml",
    ];
    expect(await relanceJson(["schema", folder, "--link"], { data: aFolder() })).toMatchObject({ linked });
    expect(await relanceJson(["schema", folder, "--link"], { data: aFolder() })).toMatchObject({ linked: [] });
    const first = (path: string) => readFileSync(join(folder, path), "utf8").split("\n")[0];
    expect(linked.map(first)).toEqual([
      "# yaml-language-server: $schema=../.schema/campaign.json",
      "# yaml-language-server: $schema=../.schema/segment.json",
      "# yaml-language-server: $schema=../../.schema/template.json",
      "# yaml-language-server: $schema=../.schema/test.json",
    ]);
    expect(await bodies()).toEqual(before);
  });

  test("a folder that is not there is not made", async () => {
    const folder = join(aFolder(), "none");
    const { code, err } = await call("schema", folder);
    expect({ code, err }).toEqual({ code: 2, err: `relance: ${folder}: there is no such folder.\n` });
    expect(existsSync(folder)).toBe(false);
    await writeFile(`${folder}.txt`, "x");
    expect((await call("schema", `${folder}.txt`)).code).toBe(2);
  });
});
