// Decides how the lockfile names the optional platform packages that a registry may lack: `npm ci` refuses a lockfile without them.
// npm runs it after every `npm install` or `npm ci` by hand (postinstall); a second run changes nothing.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeStamp } from "./install.mjs";

const PLATFORM = /(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)-([a-z0-9]+)/;

/** The lockfile entry of a platform package nobody could download, or undefined when the name tells no platform. */
const platformEntry = (name, version, dev) => {
  const platform = PLATFORM.exec(name);
  if (platform === null && !name.includes("wasm32")) return undefined;
  const [, os, cpu] = platform ?? [undefined, undefined, "wasm32"];
  return {
    version,
    cpu: [cpu],
    ...(dev && { dev: true }),
    ...(os === "linux" && { libc: [name.includes("musl") ? "musl" : "glibc"] }),
    optional: true,
    ...(os !== undefined && { os: [os] }),
  };
};

/**
 * Adds the missing entries to a parsed lockfile and drops registry addresses.
 * @param {{ packages: Record<string, any> }} lock changed in place, keys sorted
 * @returns {string[]} the names that were added
 */
export const completeLockfile = (lock) => {
  const added = [];
  for (const [at, entry] of Object.entries(lock.packages)) {
    delete entry.resolved;
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      const key = `node_modules/${name}`;
      const isExact = /^\d+\.\d+\.\d+$/.test(range); // only platform packages are pinned exactly
      if (lock.packages[key] || lock.packages[`${at}/${key}`] || !isExact) continue;
      const missing = platformEntry(name, range, entry.dev === true);
      if (missing === undefined) continue;
      lock.packages[key] = missing;
      added.push(name);
    }
  }
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  return added;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const file = join(root, "package-lock.json");
  const before = readFileSync(file, "utf8");
  const lock = JSON.parse(before);
  const added = completeLockfile(lock);
  const after = `${JSON.stringify(lock, null, 2)}\n`;
  if (after !== before) writeFileSync(file, after);
  if (added.length > 0) console.log(`package-lock.json: ${added.length} platform packages added.`);
  await writeStamp(root, existsSync(join(root, "node_modules", "vitest")) ? "full" : "run");
}
