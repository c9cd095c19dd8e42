// Decides what the launcher promises: arguments, exit codes and signals pass unchanged, and the packages are whole before a script runs.
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { anInstalledProject, aProject, launch } from "./project.ts";

const RETURNS_AT_ONCE = { npm_config_registry: "http://127.0.0.1:9/", npm_config_offline: "false" };

describe("a launched script", () => {
  test("gets its arguments unchanged", async () => {
    const project = await anInstalledProject();
    project.write("script.ts", "console.log(JSON.stringify(process.argv.slice(2) satisfies string[]));\n");
    const args = ["two words", "*", "$HOME", "", "--flag=a b", 'quote"', "--"];
    const { stdout } = await launch(project, ["script.ts", ...args]).outcome;
    expect(JSON.parse(stdout)).toEqual(args);
  });

  test("decides the exit code", async () => {
    const project = await anInstalledProject();
    project.write("script.ts", "process.exit(7);\n");
    expect(await launch(project, ["script.ts"]).outcome).toEqual({ code: 7, signal: null, stdout: "", stderr: "" });
  });

  test("finds the same node first on the PATH", async () => {
    const project = await anInstalledProject();
    project.write("script.ts", "console.log(process.env.PATH, process.execPath);\n");
    const { stdout } = await launch(project, ["script.ts"]).outcome;
    expect(stdout.startsWith(dirname(process.execPath))).toBe(true);
    expect(stdout.trim().endsWith(process.execPath)).toBe(true);
  });

  test.each([
    ["SIGTERM", 4],
    ["SIGINT", 3],
    ["SIGHUP", 5],
  ] as const)("gets %s once and answers it", async (signal, code) => {
    const project = await anInstalledProject();
    const answer = `let times = 0; process.on("${signal}", () => { times += 1; setTimeout(() => process.exit(times === 1 ? ${code} : 99), 50); });`;
    project.write("script.ts", `${answer}\nsetInterval(() => {}, 1000);\nconsole.log("ready");\n`);
    const { child, outcome } = launch(project, ["script.ts"]);
    if (child.stdout !== null) await once(child.stdout, "data");
    child.kill(signal);
    expect((await outcome).code).toBe(code);
  });

  test("that is killed takes the launcher with it in the same way", async () => {
    const project = await anInstalledProject();
    project.write("script.ts", 'process.kill(process.pid, "SIGKILL");\n');
    expect((await launch(project, ["script.ts"]).outcome).signal).toBe("SIGKILL");
  });
});

describe("the launcher", () => {
  test("says in one sentence that it needs a script", async () => {
    const { code, stderr } = await launch(await anInstalledProject(), []).outcome;
    expect(code).toBe(1);
    expect(stderr).toBe("relance: say what to run: node tools/launch.mjs SCRIPT [ARGUMENTS].\n");
  });

  test("installs when the lockfile changed, and only then", async () => {
    const project = aProject();
    project.write("script.ts", "console.log(1);\n");
    expect((await launch(project, ["script.ts"]).outcome).stderr).toContain(
      "relance: installing 0 packages: done after",
    );
    expect((await launch(project, ["script.ts"]).outcome).stderr).toBe("");
    project.lock("1.0.1");
    expect((await launch(project, ["script.ts"]).outcome).stderr).toContain("done after");
    expect(readdirSync(project.folder).filter((name) => name.startsWith(".relance-install"))).toEqual([]);
  });

  test("may be started twice at once", async () => {
    const project = aProject();
    project.write("script.ts", "console.log(1);\n");
    const outcomes = await Promise.all([1, 2].map(() => launch(project, ["script.ts"]).outcome));
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0]);
    expect((await launch(project, ["script.ts"]).outcome).stderr).toBe("");
  });

  test("says in one sentence that it is offline, and leaves the old packages alone", async () => {
    const project = await anInstalledProject();
    const stamp = () => readFileSync(join(project.folder, "node_modules/.relance-lock"), "utf8");
    const before = stamp();
    const dependencies = { "relance-not-cached": "1.0.0" };
    const packages = { "": { dependencies }, "node_modules/relance-not-cached": { version: "1.0.0" } };
    project.write("package.json", JSON.stringify({ dependencies }));
    project.write("package-lock.json", JSON.stringify({ lockfileVersion: 3, packages }));
    project.write("script.ts", 'require("node:fs").writeFileSync("ran", "");\n');
    const { code, stderr } = await launch(project, ["script.ts"], RETURNS_AT_ONCE).outcome;
    expect(code).toBe(1);
    expect(stderr).toContain("relance: cannot install the packages: the npm registry does not answer");
    expect(stderr).not.toContain("    at ");
    expect(stamp()).toBe(before);
    expect(existsSync(join(project.folder, "ran"))).toBe(false);
    expect(readdirSync(project.folder).filter((name) => name.startsWith(".relance-install"))).toEqual([]);
  });
});
