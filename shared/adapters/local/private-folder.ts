// Decides who can read the data folder of the local mode: its owner alone.
import { chmodSync, closeSync, openSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "./make-folder.ts";

/** What Relance keeps there. */
const OURS = /^(relance\.db(-wal|-shm|-journal)?|(secrets|server)\.json(\.new)?|erasures\.jsonl)$/;
/** Nothing of people, and whatever systems put into every folder. */
const BESIDE = /^(compiled-templates|\..*)$/;
const STICKY = 0o1000;

/**
 * Makes the folder, and lets nobody else into it: one that is there already, and the files in it, are tightened. A folder that
 * holds other things too keeps its mode, since others may have to come in, and so does what cannot be changed: whoever can write
 * here goes on working.
 */
export function makePrivateFolder(folder: string, dataFile: string): void {
  makeFolder(folder);
  createPrivately(join(folder, dataFile));
  try {
    const names = readdirSync(folder);
    for (const name of names) if (OURS.test(name)) tighten(join(folder, name), 0o600);
    const isOnlyOurs = names.every((name) => OURS.test(name) || BESIDE.test(name));
    if (isOnlyOurs && (statSync(folder).mode & STICKY) === 0) tighten(folder, 0o700);
  } catch {
    // A folder that cannot be listed.
  }
}

/**
 * The data file is there before SQLite opens it, and its log takes its mode. One that is there is not opened: closing it again
 * would end the lock that this process may hold on it.
 */
function createPrivately(path: string): void {
  try {
    closeSync(openSync(path, "ax", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function tighten(path: string, mode: number): void {
  try {
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, mode);
  } catch {
    // Not ours to change, or a file system without modes.
  }
}
