// Decides who answers a request to the local server: a door of its own, or the function that the wiring routes it to.
import { notKnown } from "../../functions/not-known.ts";
import { admit } from "../../functions/principal.ts";
import type { FunctionName } from "../../infra/wiring.ts";
import type { Right } from "../../shared/domain/roles.ts";
import { errorText } from "../../shared/pipeline/error-text.ts";
import { moveClock, showClock } from "./clock-door.ts";
import { takeFeedbackMessage } from "./feedback-door.ts";
import { answerFromFunction, functionEvent, localAuthorizer } from "./function-event.ts";
import { routes } from "./functions.ts";
import type { LocalHost } from "./host.ts";
import { bytesOf, decodedPath, type LocalAnswer, type LocalRequest, problemAnswer } from "./local-http.ts";
import { listOutbox } from "./outbox-door.ts";
import { showOutbox } from "./outbox-page.ts";
import { isAwsCall, putEvents } from "./put-events.ts";
import { DOOR_NAMES, showHealth, showStart } from "./start-page.ts";

/** `right`: what of an admin api a door is, so that a role that is tried out meets the same limits here. */
type Door = {
  right?: Right;
  open: (host: LocalHost, request: LocalRequest) => LocalAnswer | Promise<LocalAnswer>;
};

/** Below /api none stands open without a right. */
type Doors = {
  [path: `/api/${string}`]: Record<string, Required<Door>>;
  [path: string]: Record<string, Door>;
};

/** What only the local mode has; these come before the functions' routes. */
const ownDoors = new Map<string, Record<string, Door>>(
  Object.entries({
    "/": { GET: { open: showStart } },
    "/health": { GET: { open: showHealth } },
    "/outbox": { GET: { right: "see-people", open: showOutbox } },
    "/api/outbox": { GET: { right: "see-people", open: listOutbox } },
    "/api/feedback": { POST: { right: "operate", open: takeFeedbackMessage } },
    "/api/clock": { GET: { right: "see", open: showClock }, POST: { right: "operate", open: moveClock } },
  } satisfies Doors),
);

/** Answers one request, as AWS would where AWS would; never throws. Where no route takes HEAD, it is GET without the body. */
export async function answer(host: LocalHost, request: LocalRequest): Promise<LocalAnswer> {
  try {
    if (request.method !== "HEAD" || takesHead(request)) return await answerTo(host, request);
    const got = await answerTo(host, { ...request, method: "GET" });
    const length = { "content-length": String(bytesOf(got).length) };
    return { status: got.status, headers: { ...got.headers, ...length }, body: "" };
  } catch (error) {
    host.data.ports.log.error("request failed", { method: request.method, error: errorText(error) });
    return problemAnswer(500, "internal", "Something went wrong; the log says what.");
  } finally {
    host.notify();
  }
}

function takesHead(request: LocalRequest): boolean {
  const path = decodedPath(request) ?? "";
  return routes.some(({ method, matches }) => method === "HEAD" && matches(path));
}

async function answerTo(host: LocalHost, request: LocalRequest): Promise<LocalAnswer> {
  const path = decodedPath(request);
  if (path === undefined) return problemAnswer(400, "bad_path", "The path is not percent-encoded UTF-8.");
  if (isAwsCall(request)) return putEvents(host.data.ports, request);
  const doors = ownDoors.get(path);
  const door = doors?.[request.method];
  if (door !== undefined) return openDoor(host, request, door);
  const fitting = routes.filter((route) => route.matches(path));
  const route = fitting.find(({ method }) => method === request.method);
  if (route !== undefined) return callFunction(host, request, { path, routeKey: route.key, name: route.function });
  const methods = [...Object.keys(doors ?? {}), ...fitting.map(({ method }) => method)];
  return methods.length === 0 ? notFound(request.method, path) : notAllowed(request, [...new Set(methods)]);
}

function openDoor(host: LocalHost, request: LocalRequest, { right, open }: Door): LocalAnswer | Promise<LocalAnswer> {
  if (right === undefined) return open(host, request);
  const admitted = admit(host.data.ports.name, right, localAuthorizer(request.headers));
  return "refused" in admitted ? answerFromFunction(admitted.refused) : open(host, request);
}

type Target = { path: string; routeKey: string; name: FunctionName };

async function callFunction(host: LocalHost, request: LocalRequest, { name, ...target }: Target): Promise<LocalAnswer> {
  const { clock, ports } = host.data;
  const event = functionEvent(request, { ...target, requestId: ports.ids.next(), now: clock.now() });
  return answerFromFunction(await host.call(name, event));
}

/** Every door of the admin api, read off what is there, so that none is forgotten. */
const API_DOORS = [
  ...[...ownDoors].flatMap(([path, doors]) => Object.keys(doors).map((method) => `${method} ${path}`)),
  ...routes.map(({ key }) => key),
]
  .filter((key) => key.includes(" /api/"))
  .toSorted();

function notFound(method: string, path: string): LocalAnswer {
  const nothing = "There is nothing at this path.";
  const message = path.startsWith("/api")
    ? notKnown(nothing, `${method} ${path}`, API_DOORS)
    : `${nothing} The doors are: ${DOOR_NAMES}.`;
  return problemAnswer(404, "not_found", message);
}

function notAllowed({ method, path }: LocalRequest, methods: string[]): LocalAnswer {
  const message = `${path} does not take ${method}; use ${methods.join(" or ")}.`;
  const refused = problemAnswer(405, "method_not_allowed", message);
  return { ...refused, headers: { ...refused.headers, allow: methods.join(", ") } };
}
