// Guarantees about what the local mode remembers of erasures: each once, over restarts and a line that a crash cut off.
import { appendFileSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { erasuresFile } from "../../shared/adapters/local/erasures-file.ts";
import type { Erasure, NotedErasure } from "../../shared/pipeline/ports.ts";
import { aFolder } from "../support/local-folder.ts";

const ONE: Erasure = { profileId: "p-1", erasedAt: 1, by: "person", identities: ["IDENTITY#userId#a"], addresses: [] };

test("there are none in a new folder", async () => {
  expect(await erasuresFile(aFolder()).list()).toEqual({ items: [] });
});

test("an address that nobody had is remembered too", async () => {
  const folder = aFolder();
  const address: NotedErasure = { address: "ADDRESS#a", erasedAt: 1, by: "operator" };
  for (const noted of [address, ONE, { ...address, erasedAt: 2 }]) await erasuresFile(folder).note(noted);
  expect((await erasuresFile(folder).list()).items).toEqual([{ ...address, erasedAt: 2 }, ONE]);
});

test("the last word on each person counts, and repeats add nothing", async () => {
  const folder = aFolder();
  const later = { ...ONE, addresses: ["ADDRESS#b"] };
  for (const erasure of [ONE, { ...ONE, profileId: "p-2" }, later, later]) await erasuresFile(folder).note(erasure);
  expect((await erasuresFile(folder).list()).items).toEqual([later, { ...ONE, profileId: "p-2" }]);
  const file = join(folder, "erasures.jsonl");
  expect(readFileSync(file, "utf8").trim().split("\n")).toHaveLength(3);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("a line that a crash cut off is passed over, and what is noted after it is kept", async () => {
  const folder = aFolder();
  await erasuresFile(folder).note(ONE);
  appendFileSync(join(folder, "erasures.jsonl"), '{"profileId":"p-2","era');
  expect((await erasuresFile(folder).list()).items).toEqual([ONE]);
  await erasuresFile(folder).note({ ...ONE, profileId: "p-3" });
  expect((await erasuresFile(folder).list()).items).toEqual([ONE, { ...ONE, profileId: "p-3" }]);
});
