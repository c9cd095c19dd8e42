// Decides whether node_modules fits the lockfile, and replaces it as a whole when it does not.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { npmCi } from "./npm.mjs";
import { showProgress } from "./progress.mjs";
import { freshFolder } from "./staging.mjs";

const STAMP = ".relance-lock";
const MANIFESTS = ["package.json", "package-lock.json", ".npmrc"];

const platform = `${process.platform}-${process.arch}`;
const readOrEmpty = (file) => readFile(file, "utf8").catch(() => "");

/** What is installed: the lockfile's SHA-256, `full` or `run` (without dev dependencies), and the platform. */
const readStamp = async (root) => {
  const [hash, set, on] = (await readOrEmpty(join(root, "node_modules", STAMP))).trim().split(" ");
  return { hash, set, on };
};

const hashLockfile = async (root) =>
  createHash("sha256")
    .update(await readFile(join(root, "package-lock.json")))
    .digest("hex");

/** Says in `folder`'s node_modules that it fits the lockfile beside it; called only after success. */
export const writeStamp = async (folder, set) => {
  await mkdir(join(folder, "node_modules"), { recursive: true }); // npm makes none when there is nothing to install
  await writeFile(join(folder, "node_modules", STAMP), `${await hashLockfile(folder)} ${set} ${platform}\n`);
};

/**
 * Which set of packages must be installed for `need`, or undefined when what is there is enough.
 * A full install serves everything, and is never narrowed to `run`.
 * @param {"run" | "full"} need
 */
export const missingSet = async (root, need) => {
  const stamp = await readStamp(root);
  const fits = stamp.hash === (await hashLockfile(root)) && stamp.on === platform;
  if (fits && (need === "run" || stamp.set === "full")) return undefined;
  return stamp.set === "full" ? "full" : need;
};

/** How many packages of the lockfile this platform gets; only for the progress line. */
export const countPackages = (lock, set) =>
  Object.entries(lock.packages).filter(([at, entry]) => {
    if (at === "" || entry.inBundle || entry.libc?.includes("musl")) return false;
    if (set === "run" && (entry.dev || entry.optional || entry.devOptional)) return false;
    return (entry.os?.includes(process.platform) ?? true) && (entry.cpu?.includes(process.arch) ?? true);
  }).length;

/** Puts the finished node_modules in place by renames, so that nobody ever sees half of one. */
const swapIn = async (root, staging, need) => {
  const target = join(root, "node_modules");
  if ((await missingSet(root, need)) === undefined) return; // another start was faster
  try {
    if (existsSync(target)) await rename(target, join(staging, "previous"));
    await rename(join(staging, "node_modules"), target);
  } catch (error) {
    if ((await missingSet(root, need)) !== undefined) throw error;
  }
};

/**
 * Installs `set` beside the current node_modules and swaps it in. Two at once are safe: each builds its own, the last one stays.
 * @param {{ root: string, set: "run" | "full", signal: AbortSignal }} options
 */
export const install = async ({ root, set, signal }) => {
  const staging = await freshFolder(root, ".relance-install-");
  const lock = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8"));
  const stop = showProgress(`installing ${countPackages(lock, set)} packages`);
  try {
    for (const file of MANIFESTS)
      if (existsSync(join(root, file))) await copyFile(join(root, file), join(staging, file));
    const omit = set === "run" ? ["dev", "optional"] : [];
    await npmCi({ folder: staging, what: "install the packages", omit, signal });
    await writeStamp(staging, set);
    await swapIn(root, staging, set);
    stop("done");
  } finally {
    stop("stopped");
    await rm(staging, { recursive: true, force: true, maxRetries: 3 });
  }
};
