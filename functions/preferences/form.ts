// Decides what a page's form says: the fields of a request's body.
import { bodyText, type HttpRequest } from "../http-function.ts";

/** The first value of each field; nothing of a body that is no form. */
export function formOf(request: HttpRequest): (name: string) => string | undefined {
  const fields = new URLSearchParams(textOf(request));
  return (name) => fields.get(name) ?? undefined;
}

function textOf(request: HttpRequest): string {
  try {
    return bodyText(request);
  } catch {
    // Neither text nor what it says it is compressed with.
    return "";
  }
}
