// Decides which Node is good enough, and what is said where none can be fetched.
import { describe, expect, test } from "vitest";
import { chooseRuntime, runsTypeScript } from "../../tools/node-runtime.mjs";
import { explainNpmFailure } from "../../tools/npm.mjs";

const old = { version: "20.20.2", platform: "linux", arch: "x64", isMusl: false };

describe("the Node that runs the sources", () => {
  test.each(["22.18.0", "22.23.2", "23.6.0", "24.0.0", "24.21.0", "26.1.0"])("%s is good enough", (version) => {
    expect(runsTypeScript(version)).toBe(true);
  });

  test.each(["18.20.0", "20.20.2", "22.17.1", "23.5.0"])("%s is not", (version) => {
    expect(runsTypeScript(version)).toBe(false);
  });

  test.each(["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64", "win32-arm64"])(
    "%s has a package that is good enough",
    (pair) => {
      const [platform = "", arch = ""] = pair.split("-");
      const runtime = chooseRuntime({ ...old, platform, arch });
      expect(runsTypeScript(runtime.version)).toBe(true);
      expect(runtime.integrity).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
    },
  );

  test("another platform is told what to do in one sentence", () => {
    expect(() => chooseRuntime({ ...old, platform: "freebsd" })).toThrow(
      "Node 20.20.2 is too old and npm has no newer one for freebsd-x64; please install Node 24 and start again.",
    );
    expect(() => chooseRuntime({ ...old, isMusl: true })).toThrow("for linux-x64 with musl; please install Node 24");
  });
});

describe("a failure of npm", () => {
  test("without network is told as that", () => {
    expect(explainNpmFailure("install the packages", "npm error code ENOTFOUND\nnpm error network")).toMatch(
      /^cannot install the packages: the npm registry does not answer/,
    );
  });

  test("of another kind is told in npm's own first words", () => {
    expect(
      explainNpmFailure(
        "install the packages",
        "npm error code EUSAGE\nnpm error\nnpm error Missing: a@1 from lock file\n",
      ),
    ).toBe('cannot install the packages: npm says "Missing: a@1 from lock file".');
  });
});
