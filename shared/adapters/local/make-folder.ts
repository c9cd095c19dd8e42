// Decides how a folder is made that may not be there yet.
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it, one by one; throws what the file system says. Node's own recursive way never returns
 * where a folder's parent exists but takes no new entries (below /proc).
 */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  mkdirSync(path);
}
