// Decides how a lockfile is completed with the platform packages that a registry lacks.
import { expect, test } from "vitest";
import { completeLockfile } from "../../tools/complete-lockfile.mjs";

test("a missing platform package is added, what is there or no platform package is left alone", () => {
  const optionalDependencies = {
    "@a/cli-linux-arm64-musl": "1.2.3",
    "@a/cli-darwin-x64": "1.2.3",
    fsevents: "~2.3.3",
    "@a/plain": "1.0.0",
  };
  const lock: { packages: Record<string, object> } = {
    packages: {
      "node_modules/z": {
        version: "1.2.3",
        dev: true,
        resolved: "https://registry.example/z.tgz",
        optionalDependencies,
      },
      "node_modules/@a/cli-darwin-x64": { version: "1.2.3", integrity: "sha512-x", optional: true },
    },
  };
  expect(completeLockfile(lock)).toEqual(["@a/cli-linux-arm64-musl"]);
  expect(lock.packages).toEqual({
    "node_modules/z": { version: "1.2.3", dev: true, optionalDependencies },
    "node_modules/@a/cli-darwin-x64": { version: "1.2.3", integrity: "sha512-x", optional: true },
    "node_modules/@a/cli-linux-arm64-musl": {
      version: "1.2.3",
      cpu: ["arm64"],
      dev: true,
      libc: ["musl"],
      optional: true,
      os: ["linux"],
    },
  });
  expect(completeLockfile(lock)).toEqual([]);
});
