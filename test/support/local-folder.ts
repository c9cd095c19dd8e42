// Decides where a test's data folder is: a new one below the system's temporary folder, deleted after the test.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, onTestFinished } from "vitest";

/** A new empty folder that is deleted when the running test ends. */
export function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "relance-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The same for all tests of a file (or of the surrounding describe): deleted after the last one. */
export function folderForFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "relance-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
