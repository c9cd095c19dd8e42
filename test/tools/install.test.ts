// Decides when packages are installed anew, and which set.
import { describe, expect, test } from "vitest";
import { countPackages, missingSet, writeStamp } from "../../tools/install.mjs";
import { aProject } from "./project.ts";

describe("missingSet", () => {
  test("nothing installed: what is needed", async () => {
    const { folder } = aProject();
    expect(await missingSet(folder, "run")).toBe("run");
    expect(await missingSet(folder, "full")).toBe("full");
  });

  test("a full install serves a start", async () => {
    const { folder } = aProject();
    await writeStamp(folder, "full");
    expect(await missingSet(folder, "run")).toBeUndefined();
    expect(await missingSet(folder, "full")).toBeUndefined();
  });

  test("an install without development packages is completed for the tests", async () => {
    const { folder } = aProject();
    await writeStamp(folder, "run");
    expect(await missingSet(folder, "run")).toBeUndefined();
    expect(await missingSet(folder, "full")).toBe("full");
  });

  test("a changed lockfile never narrows a full install", async () => {
    const project = aProject();
    await writeStamp(project.folder, "full");
    project.lock("1.0.1");
    expect(await missingSet(project.folder, "run")).toBe("full");
  });
});

test("the progress line counts what this platform gets", () => {
  const packages = {
    "": {},
    "node_modules/a": {},
    "node_modules/b": { dev: true },
    "node_modules/c": { os: ["no-such-system"] },
    "node_modules/d/node_modules/e": { inBundle: true },
    "node_modules/f": { optional: true },
  };
  expect(countPackages({ packages }, "full")).toBe(3);
  expect(countPackages({ packages }, "run")).toBe(1);
});
