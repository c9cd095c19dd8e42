// Guarantees of the data folder: nobody but its owner can read it, also where it was made otherwise before.
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openData } from "../../cli/host/open-data.ts";
import { writeServerFile } from "../../cli/server-file.ts";
import { aFolder } from "../support/local-folder.ts";

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

/** Opens the folder as the local mode does, and writes into all of its files. */
async function used(folder: string): Promise<void> {
  const { ports, store } = openData({ folder, publicUrl: "http://localhost:8787" });
  onTestFinished(() => store.close());
  await ports.erasures.note({ profileId: "p-1", erasedAt: 1, by: "person", identities: [], addresses: [] });
  store.writeMeta("test", "written");
  writeServerFile(folder, { pid: process.pid, port: 1, url: "http://localhost:1" });
}

const modesIn = (folder: string) =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, modeOf(join(folder, name))]));

const PRIVATE = {
  "relance.db": "600",
  "relance.db-wal": "600",
  "secrets.json": "600",
  "erasures.jsonl": "600",
  "server.json": "600",
};

test("a new folder is its owner's alone, and so is every file in it", async () => {
  const folder = join(aFolder(), "data");
  await used(folder);
  expect([modeOf(folder), modesIn(folder)]).toEqual(["700", PRIVATE]);
});

test("a folder of before is tightened when it is opened", async () => {
  const folder = join(aFolder(), "data");
  await used(folder);
  chmodSync(folder, 0o755);
  for (const name of ["relance.db", "relance.db-wal", "secrets.json", "erasures.jsonl"])
    chmodSync(join(folder, name), 0o644);
  expect(() => openData({ folder, publicUrl: "http://localhost:8787" })).toThrow("in use by another Relance process");
  expect([modeOf(folder), modesIn(folder)]).toEqual(["700", PRIVATE]);
});

test.each(["0755", "1777"])(
  "a folder that holds other things, or is everybody's (%s), keeps its mode",
  async (mode) => {
    const folder = join(aFolder(), "shared");
    mkdirSync(folder);
    chmodSync(folder, Number.parseInt(mode, 8));
    if (mode === "0755") writeFileSync(join(folder, "other.txt"), "");
    await used(folder);
    expect(modeOf(folder)).toBe(mode.slice(1));
    expect(modesIn(folder)).toMatchObject(PRIVATE);
  },
);
