// Decides how the local mode starts: the marketing folder published, the demo shop on first start, a summary, then the server.

import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { errorsIn } from "../../shared/authoring/source-problem.ts";
import { ensureStandingJobs } from "../../shared/pipeline/jobs/nights.ts";
import type { Summary } from "../../shared/pipeline/views/summary.ts";
import { type Client, clientOfHost } from "../client.ts";
import type { Call, Command } from "../command.ts";
import { dropData, readDemoMark, writeDemoMark } from "../demo/demo-mark.ts";
import { DEMO_SIZE, loadDemo, prepareDemo } from "../demo/load-demo.ts";
import { givenPath } from "../environment.ts";
import { type LocalHost, openHost } from "../host/host.ts";
import { serve } from "../host/http-server.ts";
import {
  BrokenMarketing,
  MARKETING,
  type MarketingFolder,
  publishFolder,
  readForData,
} from "../host/publish-folder.ts";
import { nextStepsText } from "../next-steps.ts";
import { jsonText } from "../output.ts";
import { removeServerFile, writeServerFile } from "../server-file.ts";
import { summaryText } from "../summary-text.ts";
import { UsageError } from "../usage-error.ts";

export const command: Command = {
  name: "dev",
  says: "Start Relance on this machine: publish the marketing folder, load the demo shop once, serve.",
  positionals: [],
  options: {
    once: { type: "flag", says: "print the summary and exit, without serving" },
    empty: { type: "flag", says: "do not load the demo shop into an empty data folder" },
    marketing: { type: "text", value: "DIR", says: `the marketing folder (${MARKETING})` },
    "demo-profiles": { type: "text", value: "N", says: `people in the demo shop (${DEMO_SIZE.profiles})` },
  },
  examples: [
    ["dev", "what npm start does"],
    ["dev --empty --marketing my-shop", "start with your own campaigns and without the demo shop"],
  ],
  stops: true,
  run,
};

type Started = { host: LocalHost; url: string; port: number; folder: MarketingFolder };

async function run(call: Call): Promise<number> {
  const { args, environment, signal } = call;
  const port = environment.port || (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const given = args.text("marketing") ?? MARKETING;
  const folder = { path: givenPath(given, environment), shownAs: given };
  const host = await openWhole(call, url);
  try {
    const started = { host, url, port, folder };
    // Said before the demo is loaded, not after.
    if (!args.flag("once")) await (await serve(host, { port })).close();
    if (!(await fill(call, started))) {
      call.output.err("Stopped before the demo shop was loaded; the next start loads it anew.\n");
      return args.flag("once") ? 1 : 0;
    }
    if (args.flag("once")) await host.settle();
    if (args.flag("once")) await report(call, started);
    else if (!signal.aborted) await serveUntilStopped(call, started);
    return 0;
  } finally {
    await host.close();
  }
}

/** Opens the data folder; what a demo load that was cut short has left is dropped first. */
async function openWhole({ environment, output }: Call, publicUrl: string): Promise<LocalHost> {
  const { folder, writeKey } = environment;
  const host = await openHost({ folder, publicUrl, writeKey });
  if (readDemoMark(host) !== "loading") return host;
  await host.close();
  output.err("The last start was stopped while it loaded the demo shop: beginning anew.\n");
  dropData(folder);
  return openHost({ folder, publicUrl, writeKey });
}

/** Publishes the marketing folder, and loads the demo shop into an empty data folder. Answers false when stopped on the way. */
async function fill({ args, environment, output, signal }: Call, { host, folder }: Started): Promise<boolean> {
  const { data } = host;
  const wantsDemo = !args.flag("empty") && data.store.isEmpty();
  if (!wantsDemo) {
    const { changed, ends = [], loosens = [] } = await publishFolder(host, folder);
    if (changed !== undefined) output.err(`Published: ${changed}\n`);
    if (ends.length > 0) output.err(notPublished(folder.shownAs, ends));
    else if (loosens.length > 0) output.err(notLoosened(folder.shownAs, loosens));
    await ensureStandingJobs(data.ports);
    return true;
  }
  // Time can only be set while nothing is stored; a folder with problems must not come that far.
  const { problems } = await readForData(folder, environment.folder);
  const errors = errorsIn(problems);
  if (errors.length > 0) throw new BrokenMarketing(folder, errors);
  const until = Date.now();
  writeDemoMark(host, "loading");
  const events = prepareDemo(host, { ...DEMO_SIZE, profiles: profilesOf(args.text("demo-profiles")), until });
  await publishFolder(host, folder);
  if (!(await loadDemo(host, { events, until, output, signal }))) return false;
  // Loading took a while; from here on the clock shows the real time.
  await host.advanceTo(Math.max(Date.now(), data.clock.now()));
  await ensureStandingJobs(data.ports);
  await clientOfHost(host).post("/api/jobs/nightly/start");
  writeDemoMark(host, "loaded");
  return true;
}

/** A start must not end campaigns that somebody published, and may run from another folder by mistake. */
function notPublished(folder: string, ends: string[]): string {
  return `Not published: ${folder} does not have ${ends.join(", ")}, which is live; what was published before stays.
To archive on purpose: npm run relance -- plan ${folder}, then apply it with --allow-destructive.\n`;
}

function notLoosened(folder: string, loosens: string[]): string {
  return `Not published: ${folder} protects people less than what is live (${loosens.join(", ")}); what was published before stays.
To do so on purpose: npm run relance -- plan ${folder}, then apply it with --allow-destructive.\n`;
}

function profilesOf(text: string | undefined): number {
  const profiles = Number(text ?? DEMO_SIZE.profiles);
  if (Number.isInteger(profiles) && profiles > 0 && profiles <= 100_000) return profiles;
  throw new UsageError(`--demo-profiles must be a whole number from 1 to 100000, not "${text}".`);
}

async function serveUntilStopped(call: Call, started: Started): Promise<void> {
  const { environment, signal } = call;
  const { host, port, url } = started;
  const server = await serve(host, { port });
  writeServerFile(environment.folder, { pid: process.pid, port, url });
  try {
    host.start();
    await report(call, started);
    if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  } finally {
    removeServerFile(environment.folder);
    await server.close();
  }
}

/** The summary, and how to go on from there. */
async function report({ args, output, environment }: Call, { host, url }: Started): Promise<void> {
  const client: Client = clientOfHost(host);
  const summary = await client.get<Summary>("/api/summary");
  const { writeKey } = host.data.secrets;
  if (args.flag("json")) return output.out(jsonText({ url, writeKey, summary }));
  const serves = args.flag("once") ? `npm start serves it at ${url}` : `Relance is running at ${url} (Ctrl-C stops it)`;
  const doors = [
    serves,
    `  the mails      ${url}/outbox`,
    `  the admin api  ${url}/api/summary`,
    `  send events    POST ${url}/v1/batch with your write key ${writeKey} as user name of Basic auth`,
    `  data           ${environment.folder}`,
  ];
  const steps = await nextStepsText(client, environment, { url, writeKey });
  output.out(`\n${summaryText(summary)}\n\n${doors.join("\n")}\n\n${steps}`);
}

/** A port nobody uses, for PORT=0. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
