// Decides how the local server meets the network: requests become data, answers are written, nothing ends the process.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Fault } from "../../shared/pipeline/faults.ts";
import { answer } from "./answer.ts";
import type { LocalHost } from "./host.ts";
import { bytesOf, type LocalAnswer, type LocalRequest, problemAnswer } from "./local-http.ts";
import { type ReadBody, readBody } from "./request-body.ts";
import { refusalOf } from "./request-guard.ts";

export type ServeOptions = { port: number; hostname?: string };
/** `close` lets the answers under way finish, then ends every connection. */
export type LocalServer = { port: number; close: () => Promise<void> };

/** Longer than the pause of a client that keeps its connection, so that it is never closed under a request. */
const KEEP_ALIVE_MS = 75_000;

/** Serves the host on one port of this machine; port 0 takes a free one. Throws the faults `port_busy`, `port_denied`. */
export async function serve(host: LocalHost, { port, hostname = "127.0.0.1" }: ServeOptions): Promise<LocalServer> {
  const answering = new Set<Promise<void>>();
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    const track = (task: Promise<void>) => {
      answering.add(task);
      return task.finally(() => answering.delete(task));
    };
    readBody(request)
      .then((read) => track(respond(host, request, { response, read })))
      // The client is gone, or its request ended in the middle: there is nobody to tell.
      .catch(() => response.destroy());
  });
  const bound = await listen(server, port, hostname);
  const close = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    await Promise.allSettled(answering);
    server.closeAllConnections();
    await closed;
  };
  return { port: bound, close };
}

function listen(server: Server, port: number, hostname: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.on("error", (cause) => reject(whyNot(port, cause)));
    server.listen(port, hostname, () => resolve((server.address() as AddressInfo).port));
  });
}

function whyNot(port: number, cause: NodeJS.ErrnoException): unknown {
  const other = port < 65_535 ? port + 1 : port - 1;
  if (cause.code === "EADDRINUSE") {
    const message = `Port ${port} is in use: stop the other program or choose another with PORT=${other} npm start.`;
    return new Fault("port_busy", message, { retryable: false, cause });
  }
  if (cause.code === "EACCES") {
    const message = `Port ${port} may not be opened by you: choose one above 1023 with PORT=8787 npm start.`;
    return new Fault("port_denied", message, { retryable: false, cause });
  }
  return cause;
}

type Reply = { response: ServerResponse; read: ReadBody };

async function respond(host: LocalHost, incoming: IncomingMessage, { response, read }: Reply): Promise<void> {
  const answered =
    "refused" in read ? read.refused : await answerTo(host, requestOf(incoming, read), incoming.socket.localPort ?? 0);
  if (response.destroyed) return;
  const { status, headers } = answered;
  const bytes = bytesOf(answered);
  const length = status === 204 ? {} : { "content-length": String(bytes.length) };
  response.writeHead(status, { ...length, ...headers });
  await new Promise<void>((resolve) => {
    response.once("close", resolve);
    response.end(bytes);
  });
}

function answerTo(host: LocalHost, request: LocalRequest, port: number): LocalAnswer | Promise<LocalAnswer> {
  if (!request.path.startsWith("/")) return problemAnswer(400, "bad_path", "Ask for a path, such as /outbox.");
  return refusalOf(request, port) ?? answer(host, request);
}

function requestOf(
  { method = "GET", url = "/", headers }: IncomingMessage,
  read: Pick<LocalRequest, "body">,
): LocalRequest {
  const mark = url.indexOf("?");
  return {
    method,
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? "" : url.slice(mark + 1),
    headers: Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as const])),
    ),
    ...read,
  };
}
