// Decides who answers a request to the local server: a door of its own, or the function that the wiring routes it to.
import type { FunctionName } from "../../infra/wiring.ts";
import { moveClock, showClock } from "./clock-door.ts";
import { answerFromFunction, functionEvent } from "./function-event.ts";
import { routes } from "./functions.ts";
import type { LocalHost } from "./host.ts";
import { decodedPath, type LocalAnswer, type LocalRequest, problemAnswer } from "./local-http.ts";
import { listOutbox } from "./outbox-door.ts";
import { showOutbox } from "./outbox-page.ts";
import { isAwsCall, putEvents } from "./put-events.ts";
import { DOOR_NAMES, showHealth, showStart } from "./start-page.ts";

type Door = (host: LocalHost, request: LocalRequest) => LocalAnswer | Promise<LocalAnswer>;

/** What only the local mode has; these come before the functions' routes. */
const ownDoors = new Map<string, Record<string, Door>>(
  Object.entries({
    "/": { GET: showStart },
    "/health": { GET: showHealth },
    "/outbox": { GET: showOutbox },
    "/api/outbox": { GET: listOutbox },
    "/api/clock": { GET: showClock, POST: moveClock },
  }),
);

/** Answers one request, as AWS would where AWS would; never throws. HEAD is GET without the body. */
export async function answer(host: LocalHost, request: LocalRequest): Promise<LocalAnswer> {
  try {
    if (request.method !== "HEAD") return await answerTo(host, request);
    const { status, headers, body } = await answerTo(host, { ...request, method: "GET" });
    return { status, headers: { ...headers, "content-length": String(Buffer.byteLength(body)) }, body: "" };
  } catch (error) {
    host.data.ports.log.error("request failed", { method: request.method, error: textOf(error) });
    return problemAnswer(500, "internal", "Something went wrong; the log says what.");
  } finally {
    host.notify();
  }
}

async function answerTo(host: LocalHost, request: LocalRequest): Promise<LocalAnswer> {
  const path = decodedPath(request);
  if (path === undefined) return problemAnswer(400, "bad_path", "The path is not percent-encoded UTF-8.");
  if (isAwsCall(request)) return putEvents(host.data.ports, request);
  const doors = ownDoors.get(path);
  const door = doors?.[request.method];
  if (door !== undefined) return door(host, request);
  const fitting = routes.filter((route) => route.matches(path));
  const route = fitting.find(({ method }) => method === request.method);
  if (route !== undefined) return callFunction(host, request, { path, routeKey: route.key, name: route.function });
  const methods = [...Object.keys(doors ?? {}), ...fitting.map(({ method }) => method)];
  return methods.length === 0 ? notFound() : notAllowed(request, [...new Set(methods)]);
}

type Target = { path: string; routeKey: string; name: FunctionName };

async function callFunction(host: LocalHost, request: LocalRequest, { name, ...target }: Target): Promise<LocalAnswer> {
  const { clock, ports } = host.data;
  const event = functionEvent(request, { ...target, requestId: ports.ids.next(), now: clock.now() });
  return answerFromFunction(await host.call(name, event));
}

function notFound(): LocalAnswer {
  return problemAnswer(404, "not_found", `There is nothing at this path. The doors are: ${DOOR_NAMES}.`);
}

function notAllowed({ method, path }: LocalRequest, methods: string[]): LocalAnswer {
  const message = `${path} does not take ${method}; use ${methods.join(" or ")}.`;
  const refused = problemAnswer(405, "method_not_allowed", message);
  return { ...refused, headers: { ...refused.headers, allow: methods.join(", ") } };
}

const textOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
