// Decides how HTTP meets the pipeline: what a request is, what an answer looks like, and how faults are answered.
import { gunzipSync } from "node:zlib";
import middy from "@middy/core";
import httpRouter, { type Route } from "@middy/http-router";
import { errorText } from "../shared/pipeline/error-text.ts";
import { Fault } from "../shared/pipeline/faults.ts";
import type { Log } from "../shared/pipeline/ports.ts";
import type { LambdaHandler } from "./on-aws.ts";

/** The parts of an API Gateway (HTTP API, payload 2.0) request that are used. */
export type HttpRequest = {
  rawPath: string;
  headers: Record<string, string | undefined>;
  queryStringParameters?: Record<string, string | undefined>;
  pathParameters?: Record<string, string | undefined>;
  body?: string;
  isBase64Encoded?: boolean;
};
/** `isBase64Encoded`: the body is of bytes that are no text, such as gzip. */
export type HttpAnswer = {
  statusCode: number;
  headers?: Record<string, string>;
  body: string;
  isBase64Encoded?: true;
};
export type HttpRoute = {
  method: "GET" | "HEAD" | "POST";
  path: string;
  handler: (request: HttpRequest) => Promise<HttpAnswer>;
};

const SAFE_HEADERS = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
};

export function json(statusCode: number, body: unknown): HttpAnswer {
  return { statusCode, headers: { "content-type": "application/json; charset=utf-8" }, body: JSON.stringify(body) };
}

/** The one shape of every error answer. */
export function problem(statusCode: number, code: string, message: string): HttpAnswer {
  return json(statusCode, { error: { code, message } });
}

/** What a function can be called with; a compressed body may not become more. */
const MAX_BODY_BYTES = 6 * 1024 * 1024;

/** The request's body as text, also when API Gateway had to encode it or the sender compressed it (RudderStack's SDKs do). */
export function bodyText({ headers, body, isBase64Encoded }: HttpRequest): string {
  if (!isBase64Encoded) return body ?? "";
  const bytes = Buffer.from(body ?? "", "base64");
  const isCompressed = headers["content-encoding"]?.toLowerCase() === "gzip";
  const plain = isCompressed ? gunzipSync(bytes, { maxOutputLength: MAX_BODY_BYTES }) : bytes;
  return new TextDecoder("utf-8", { fatal: true }).decode(plain);
}

/** The request's JSON, or the answer that says it is none. */
export function jsonBody(request: HttpRequest): { value: unknown } | { answer: HttpAnswer } {
  try {
    return { value: JSON.parse(bodyText(request)) };
  } catch (error) {
    return { answer: problem(400, "not_json", `The body is not JSON: ${(error as Error).message}.`) };
  }
}

/** Faults that say of a list's page that it cannot be asked for so. */
const BAD_PAGE = new Set(["bad_limit", "bad_page_token"]);

/**
 * A handler for a set of routes; unknown paths answer 404, pages that there are not 400, retryable faults 503, everything
 * else 500 without details.
 */
export function httpFunction(log: Log, routes: HttpRoute[]): LambdaHandler {
  const stack = middy()
    .use({
      after: (request) => {
        const answer = request.response as HttpAnswer;
        request.response = { ...answer, headers: { ...SAFE_HEADERS, ...answer.headers } };
      },
      onError: (request) => {
        request.response = answerOf(request.error, log);
      },
    })
    .handler(httpRouter({ routes: routes as unknown as Route<never, never>[] }) as never);
  return stack as unknown as LambdaHandler;
}

function answerOf(error: unknown, log: Log): HttpAnswer {
  const statusCode = (error as { statusCode?: number }).statusCode;
  if (statusCode === 404) return problem(404, "not_found", "There is nothing at this path.");
  if (error instanceof Fault && error.retryable)
    return problem(503, error.code, `${error.message} Send the same request again.`);
  if (error instanceof Fault && BAD_PAGE.has(error.code)) return problem(400, error.code, error.message);
  log.error("request failed", { error: errorText(error) });
  return problem(500, "internal", "Something went wrong; the log says what.");
}

/** The answer with a view, or that there is no such thing. */
export function foundOr404(view: unknown, what: string): HttpAnswer {
  return view === undefined ? problem(404, "not_found", `There is no such ${what}.`) : json(200, view);
}

/** A parameter behind the question mark. */
export function queryOf(request: HttpRequest, name: string): string | undefined {
  return request.queryStringParameters?.[name];
}
