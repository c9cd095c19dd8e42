// Decides what API Gateway (HTTP API, payload 2.0) hands to a function for a request, and how its result is answered.

import type { HttpAnswer } from "../../functions/http-function.ts";
import { type Instant, iso } from "../../shared/domain/instant.ts";
import type { LocalAnswer, LocalRequest } from "./local-http.ts";

/** `path` is decoded, as API Gateway passes it; `routeKey` is the route of the wiring, such as "GET /u/{token}". */
export type FunctionCall = { path: string; routeKey: string; requestId: string; now: Instant };

/** The event of one request. Repeated query parameters are joined by commas, cookies stand apart, as on AWS. */
export function functionEvent(request: LocalRequest, { path, routeKey, requestId, now }: FunctionCall) {
  const { cookie, ...headers } = request.headers;
  const host = headers["host"] ?? "localhost";
  const query = queryOf(request.query);
  const parameters = pathParametersOf(routeKey, path);
  return {
    version: "2.0",
    routeKey,
    rawPath: path,
    rawQueryString: request.query,
    ...(cookie !== undefined && { cookies: cookie.split(/;\s*/) }),
    headers,
    ...(Object.keys(query).length > 0 && { queryStringParameters: query }),
    ...(Object.keys(parameters).length > 0 && { pathParameters: parameters }),
    requestContext: {
      accountId: "000000000000",
      apiId: "local",
      ...(path.startsWith("/api/") && localAuthorizer(headers)),
      domainName: host,
      domainPrefix: host.split(".")[0],
      http: {
        method: request.method,
        path,
        protocol: "HTTP/1.1",
        sourceIp: "127.0.0.1",
        userAgent: headers["user-agent"] ?? "",
      },
      requestId,
      routeKey,
      stage: "$default",
      time: commonLogTime(now),
      timeEpoch: now,
    },
    ...(request.body !== "" && { body: request.body }),
    isBase64Encoded: request.isBase64Encoded === true,
  };
}

/** Who sits at this machine has every right; the header narrows them to one role's, so that each can be tried. */
export function localAuthorizer(headers: Record<string, string | undefined>) {
  const role = headers["x-relance-role"];
  return { authorizer: { local: role === undefined ? {} : { role } } };
}

/** What API Gateway answers for a function's result; a result without a status is a body in JSON. */
export function answerFromFunction(result: unknown): LocalAnswer {
  const given = result as Partial<HttpAnswer> | undefined;
  if (given?.statusCode === undefined) {
    return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(result ?? null) };
  }
  return {
    status: given.statusCode,
    headers: given.headers ?? {},
    body: given.body ?? "",
    ...(given.isBase64Encoded && { isBase64Encoded: true }),
  };
}

function queryOf(query: string): Record<string, string> {
  const values: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(query)) {
    values[name] = values[name] === undefined ? value : `${values[name]},${value}`;
  }
  return values;
}

/** "GET /u/{token}" and "/u/abc" give `{ token: "abc" }`; `{name+}` takes the rest of the path. */
function pathParametersOf(routeKey: string, path: string): Record<string, string> {
  const template = routeKey.slice(routeKey.indexOf(" ") + 1);
  const pattern = template.replace(/\{(\w+)\+\}/g, "(?<$1>.+)").replace(/\{(\w+)\}/g, "(?<$1>[^/]+)");
  return { ...new RegExp(`^${pattern}$`).exec(path)?.groups };
}

/** "02/Mar/2026:08:00:00 +0000". */
function commonLogTime(at: Instant): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(at).toUTCString()) ?? [];
  return day === undefined ? iso(at) : `${day}/${month}/${year}:${time} +0000`;
}
