// Decides how long a page of a list is: ?limit=&next=.
import type { PageRequest } from "../shared/pipeline/views/paging.ts";
import type { HttpRequest } from "./http-function.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

export function limitOf({ queryStringParameters }: HttpRequest): number {
  const asked = Number(queryStringParameters?.["limit"] ?? DEFAULT_LIMIT);
  return Number.isInteger(asked) && asked > 0 ? Math.min(asked, MAX_LIMIT) : DEFAULT_LIMIT;
}

export function pageOf(request: HttpRequest): PageRequest {
  const next = request.queryStringParameters?.["next"];
  return { limit: limitOf(request), ...(next !== undefined && { next }) };
}
