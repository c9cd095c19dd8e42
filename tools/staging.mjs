// Decides where unfinished downloads live: in fresh folders, swept when a start that was killed has left one behind.
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

const LEFT_BEHIND_MS = 3_600_000;

/** A new folder inside `parent`; those with the same prefix that nobody touched for an hour are removed. */
export const freshFolder = async (parent, prefix) => {
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix)) continue;
    const folder = join(parent, name);
    const age = await stat(folder).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > LEFT_BEHIND_MS) await rm(folder, { recursive: true, force: true });
  }
  return mkdtemp(join(parent, prefix));
};
