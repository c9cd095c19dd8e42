// Decides what `npm run check` checks: biome and tsc side by side, then knip; each is named, and all are told before it fails.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const tool = (path) => fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url));
const inColour = process.stdout.isTTY === true;

const CHECKS = [
  [
    {
      name: "biome",
      args: [tool("@biomejs/biome/bin/biome"), "ci", "--error-on-warnings", `--colors=${inColour ? "force" : "off"}`],
    },
    { name: "tsc", args: [tool("typescript/bin/tsc"), "--noEmit", "--pretty", String(inColour)] },
  ],
  [{ name: "knip", args: [tool("knip/bin/knip.js"), "--no-progress", "--no-config-hints"] }],
];

/** Runs one tool to its end, then shows its name, time and, if it failed, what it said. */
const check = ({ name, args }) =>
  new Promise((resolve) => {
    const startedAt = Date.now();
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += chunk;
      });
    }
    child.on("close", (code) => {
      const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
      console.log(
        `${name}: ${code === 0 ? "ok" : "FAILED"} (${seconds} s)${code === 0 ? "" : `\n${output.trimEnd()}\n`}`,
      );
      resolve(code === 0);
    });
  });

for (const together of CHECKS) {
  const results = await Promise.all(together.map(check));
  if (results.includes(false)) process.exitCode = 1;
}
