// Decides what a launcher test runs in: a copy of the launcher in a fresh folder of its own, away from the real packages.
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { writeStamp } from "../../tools/install.mjs";

const tools = fileURLToPath(new URL("../../tools", import.meta.url));

export type Project = { folder: string; write: (path: string, text: string) => void; lock: (version: string) => void };

/** A project without dependencies in a folder with a space; not installed yet. */
export const aProject = (): Project => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "relance launcher ")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(tools, join(folder, "tools"), { recursive: true });
  const write = (path: string, text: string) => writeFileSync(join(folder, path), text);
  const lock = (version: string) => {
    const manifest = { name: "project", version };
    write("package.json", JSON.stringify(manifest));
    write("package-lock.json", JSON.stringify({ ...manifest, lockfileVersion: 3, packages: { "": manifest } }));
  };
  lock("1.0.0");
  return { folder, write, lock };
};

/** The same, with its packages in place. */
export const anInstalledProject = async (): Promise<Project> => {
  const project = aProject();
  await writeStamp(project.folder, "full");
  return project;
};

export type Outcome = { code: number | null; signal: string | null; stdout: string; stderr: string };

/** Starts the launcher of a project; `outcome` settles when it has ended. */
export const launch = ({ folder }: Project, args: string[], env: Record<string, string> = {}) => {
  const child: ChildProcess = spawn(process.execPath, [join(folder, "tools/launch.mjs"), ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk) => {
    said.stdout += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    said.stderr += chunk;
  });
  const outcome = new Promise<Outcome>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, ...said }));
  });
  return { child, outcome };
};
