// Decides whom a command talks to: the running server of the data folder, or the data folder itself, opened in this process.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadCatalogue, NothingPublished } from "../shared/pipeline/catalogue-store.ts";
import { Fault } from "../shared/pipeline/faults.ts";
import { ensureStandingJobs } from "../shared/pipeline/jobs/nights.ts";
import { checkDemoIsWhole } from "./demo/demo-mark.ts";
import { type Environment, givenPath } from "./environment.ts";
import { answer } from "./host/answer.ts";
import { type LocalHost, openHost } from "./host/host.ts";
import { bytesOf } from "./host/local-http.ts";
import { MARKETING, publishFolder } from "./host/publish-folder.ts";
import { httpCall, plainText } from "./http-call.ts";
import { runningServer } from "./server-file.ts";

export type Query = Record<string, string | number | undefined>;

/** The admin api, wherever it is. Problems are thrown as a `Fault` with the answer's own code and sentence. */
export type Client = {
  /** The running server's address; absent when the data folder is open in this process. */
  server?: string;
  get<T>(path: string, query?: Query): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  /** In this process: does everything that can be done now; a running server does so by itself. */
  settle(): Promise<void>;
  /** In this process: settles, and frees the data folder. */
  close(): Promise<void>;
};

type Method = "GET" | "POST";
type Answered = { status: number; body: string };

/** `create`: a folder that is not there yet is made. `first`: the task comes before whatever has become due meanwhile. */
type OpenClient = { create?: boolean; first?: boolean };

/** Opens the server or the data folder, does the task and closes again. */
export async function withClient<T>(
  environment: Environment,
  task: (client: Client) => Promise<T>,
  options: OpenClient = {},
): Promise<T> {
  const client = await openClient(environment, options);
  try {
    return await task(client);
  } finally {
    await client.close();
  }
}

async function openClient(environment: Environment, { create = false, first = false }: OpenClient): Promise<Client> {
  const server = await runningServer(environment.folder);
  if (server !== undefined) return clientOfServer(server.url);
  if (!create) checkThereIsData(environment.folder);
  const host = await openFolder(environment);
  await ensureStandingJobs(host.data.ports);
  // What was accepted before, and what time has brought since.
  if (!first) await host.settle();
  return clientOfHost(host);
}

/** Reading from a folder that is not there would only make an empty one. */
function checkThereIsData(folder: string): void {
  if (existsSync(join(folder, "relance.db"))) return;
  const message = `There is no data in ${folder} yet: start Relance with npm start, or name another folder with RELANCE_DATA.`;
  throw new Fault("no_data", message, { retryable: false });
}

/** Opens the data folder in this process and publishes the marketing folder if nothing is; `prepare` runs before anything is stored. */
export async function openFolder(environment: Environment, prepare?: (host: LocalHost) => void): Promise<LocalHost> {
  const { folder, port, writeKey } = environment;
  const host = await openHost({ folder, publicUrl: `http://127.0.0.1:${port}`, writeKey });
  try {
    checkDemoIsWhole(host);
    prepare?.(host);
    if (!(await isPublished(host))) {
      await publishFolder(host, { path: givenPath(MARKETING, environment), shownAs: MARKETING });
    }
    return host;
  } catch (error) {
    await host.close();
    throw error;
  }
}

async function isPublished({ data }: LocalHost): Promise<boolean> {
  try {
    await loadCatalogue(data.ports);
    return true;
  } catch (error) {
    if (error instanceof NothingPublished) return false;
    throw error;
  }
}

/** The admin api of a running server. */
export function clientOfServer(url: string): Client {
  const unreachable = (cause: unknown) =>
    new Fault("unreachable", `The server at ${url} stopped answering: ${(cause as Error).message}.`, {
      retryable: true,
      cause,
    });
  const call = (method: Method, path: string, body?: string) =>
    httpCall(url, { method, path, ...(body !== undefined && { body }) }).catch((cause: unknown) => {
      throw unreachable(cause);
    });
  return { server: url, ...callsOver(call), settle: async () => undefined, close: async () => undefined };
}

/** The admin api of a host in this process. */
export function clientOfHost(host: LocalHost): Client {
  const headers = { "content-type": "application/json", "accept-encoding": "gzip" };
  const call = async (method: Method, target: string, body = "") => {
    const [path = "", query = ""] = target.split("?");
    const got = await answer(host, { method, path, query, headers, body });
    return { status: got.status, body: plainText(bytesOf(got), got.headers["content-encoding"] === "gzip") };
  };
  const close = async () => {
    await host.settle();
    await host.close();
  };
  return { ...callsOver(call), settle: () => host.settle(), close };
}

function callsOver(
  call: (method: Method, path: string, body?: string) => Promise<Answered>,
): Pick<Client, "get" | "post"> {
  return {
    get: async <T>(path: string, query: Query = {}) => {
      const given = Object.entries(query).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, String(value)]],
      );
      const search = new URLSearchParams(given as [string, string][]).toString();
      return answered<T>(await call("GET", search === "" ? path : `${path}?${search}`));
    },
    post: async <T>(path: string, body: unknown = {}) => answered<T>(await call("POST", path, JSON.stringify(body))),
  };
}

function answered<T>({ status, body }: Answered): T {
  const value = parsed(body);
  if (status >= 200 && status < 300) return value as T;
  const { code, message } = (value as { error?: { code?: string; message?: string } } | undefined)?.error ?? {};
  throw new Fault(code ?? "answered", message ?? `The server answered ${status}.`, { retryable: status === 503 });
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Every item of a list, up to `most`; `more` says that there are others. */
export async function listOf<T>(
  client: Client,
  path: string,
  { most, ...query }: Query & { most: number },
): Promise<{ items: T[]; more: boolean }> {
  const items: T[] = [];
  let next: string | undefined;
  do {
    const page: { items: T[]; next?: string } = await client.get(path, {
      ...query,
      limit: Math.min(500, most - items.length),
      next,
    });
    items.push(...page.items);
    next = page.next;
  } while (next !== undefined && items.length < most);
  return { items, more: next !== undefined };
}
