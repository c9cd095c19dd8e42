// Decides how keys, ids and log lines of the local mode come about.
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { consoleLog } from "../../shared/adapters/local/console-log.ts";
import { openLocalSecrets } from "../../shared/adapters/local/local-secrets.ts";
import { randomIds } from "../../shared/adapters/local/random-ids.ts";
import { aFolder } from "../support/local-folder.ts";

describe("local secrets", () => {
  test("are made at the first start, long and different, and stay", async () => {
    const folder = aFolder();
    const first = openLocalSecrets(folder);
    const keys = [await first.get("identity"), await first.get("link")];
    for (const key of keys) expect(Buffer.from(key, "base64url")).toHaveLength(32);
    expect(new Set([...keys, first.writeKey]).size).toBe(3);
    const second = openLocalSecrets(folder);
    expect([await second.get("identity"), await second.get("link"), second.writeKey]).toEqual([
      ...keys,
      first.writeKey,
    ]);
  });

  test.skipIf(process.platform === "win32")("lie in a file that only its owner can read", () => {
    const folder = aFolder();
    openLocalSecrets(folder);
    expect(statSync(join(folder, "secrets.json")).mode & 0o777).toBe(0o600);
  });

  test("only the write key opens the door, and a given one takes the place of the stored one", async () => {
    const folder = aFolder();
    const stored = openLocalSecrets(folder);
    expect(await stored.sourceOf(stored.writeKey)).toBe("local");
    for (const wrong of ["", `${stored.writeKey}x`, stored.writeKey.slice(1)])
      expect(await stored.sourceOf(wrong)).toBeUndefined();
    const given = openLocalSecrets(folder, { writeKey: "mine" });
    expect(await given.sourceOf("mine")).toBe("local");
    expect(await given.sourceOf(stored.writeKey)).toBeUndefined();
    expect(readFileSync(join(folder, "secrets.json"), "utf8")).not.toContain("mine");
    expect(openLocalSecrets(folder, { writeKey: "" }).writeKey).toBe(stored.writeKey);
  });

  test("a damaged file is not replaced", () => {
    const folder = aFolder();
    writeFileSync(join(folder, "secrets.json"), "{}");
    expect(() => openLocalSecrets(folder)).toThrow(
      expect.objectContaining({ code: "secrets_unreadable", retryable: false }),
    );
  });
});

describe("random ids", () => {
  test("are 16 lower-case letters and digits, and do not repeat", () => {
    const ids = Array.from({ length: 10_000 }, () => randomIds.next());
    expect(ids.every((id) => /^[0-9a-z]{16}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("the console log", () => {
  test("writes one JSON line a message, from its level upwards", () => {
    const lines: string[] = [];
    const log = consoleLog({ level: "warn", write: (line) => lines.push(line) });
    log.info("quiet");
    log.warn("odd", { count: 2 });
    log.error("bad\nline");
    expect(lines).toEqual([
      '{"level":"warn","message":"odd","count":2}\n',
      '{"level":"error","message":"bad\\nline"}\n',
    ]);
  });
});
