// Decides how long a page of a list is: ?limit=&next=.
import { Fault } from "../shared/pipeline/faults.ts";
import type { PageRequest } from "../shared/pipeline/views/paging.ts";
import type { HttpRequest } from "./http-function.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

/** 50 when nothing is asked for. Throws the fault `bad_limit` for what is no number from 1 to 500. */
export function limitOf({ queryStringParameters }: HttpRequest): number {
  const asked = queryStringParameters?.["limit"];
  if (asked === undefined) return DEFAULT_LIMIT;
  if (/^[1-9]\d{0,2}$/.test(asked) && Number(asked) <= MAX_LIMIT) return Number(asked);
  const message = `limit must be a number from 1 to ${MAX_LIMIT}, for example ?limit=100`;
  throw new Fault("bad_limit", message, { retryable: false });
}

export function pageOf(request: HttpRequest): PageRequest {
  const next = request.queryStringParameters?.["next"];
  return { limit: limitOf(request), ...(next !== undefined && { next }) };
}
