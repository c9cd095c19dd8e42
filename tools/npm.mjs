// Decides how npm is found and called, and in which one sentence its failures are told.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** A failure that is told in one sentence, without a stack. */
export class LaunchError extends Error {
  name = "LaunchError";
}

const NO_NETWORK = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED/;

// One short retry: whoever is offline learns it in two seconds instead of seventy.
const QUIET = [
  "--engine-strict=false",
  "--ignore-scripts",
  "--no-audit",
  "--no-fund",
  "--prefer-offline",
  "--loglevel=error",
];
const PATIENCE = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=2000"];

/** Command and first arguments that start npm: a fetched Node has no npm of its own, so the one that runs us is asked first. */
export const findNpm = (env) => {
  const beside = dirname(process.execPath);
  const scripts = [
    /npm-cli\.c?js$/.test(env.npm_execpath ?? "") ? env.npm_execpath : "",
    join(beside, "node_modules", "npm", "bin", "npm-cli.js"),
    join(beside, "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
  ];
  const script = scripts.find((file) => file !== "" && existsSync(file));
  return script === undefined ? ["npm"] : [process.execPath, script];
};

/** The environment without what an outer `npm run` says about its own project. */
const ownEnvironment = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(package_|lifecycle_|config_(local_)?prefix$)/.test(name)),
  );

/** The one sentence for npm's error output. */
export const explainNpmFailure = (what, output) => {
  if (NO_NETWORK.test(output)) {
    return `cannot ${what}: the npm registry does not answer and npm's cache has not everything; connect to the network and start again.`;
  }
  const reason = output
    .split("\n")
    .map((line) => line.replace(/^npm (error|ERR!)\s*/, "").trim())
    .find((line) => line !== "" && !line.startsWith("code "));
  return `cannot ${what}: npm says "${reason ?? "nothing"}".`;
};

/**
 * Runs `npm ci` in a folder that holds package.json and package-lock.json.
 * @param {{ folder: string, what: string, omit?: string[], signal: AbortSignal }} options `what` completes "cannot …"
 * @throws LaunchError with one sentence
 */
export const npmCi = ({ folder, what, omit = [], signal }) =>
  new Promise((resolve, reject) => {
    const [command, ...first] = findNpm(process.env);
    const kinds = ["dev", "optional"].map((kind) => (omit.includes(kind) ? `--omit=${kind}` : `--include=${kind}`));
    const args = [...first, "ci", "--prefix", folder, ...kinds, ...QUIET, ...PATIENCE];
    const child = spawn(command, args, {
      cwd: folder,
      env: ownEnvironment(),
      signal,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += chunk;
      });
    }
    child.on("error", (error) => {
      const sentence =
        error.code === "ENOENT" ? `cannot ${what}: npm was not found; install Node with npm.` : String(error);
      if (error.name !== "AbortError") reject(new LaunchError(sentence));
    });
    child.on("close", (code) => {
      if (code === 0) resolve();
      else
        reject(new LaunchError(signal.aborted ? `stopped while trying to ${what}.` : explainNpmFailure(what, output)));
    });
  });
