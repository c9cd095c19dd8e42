// Entry point: the unsubscribe link of a mail. GET only shows a page, POST (the button, or one click in the mail program)
// opts out.

import type { Ports } from "../shared/pipeline/ports.ts";
import { openPreferences, unsubscribe } from "../shared/pipeline/preferences.ts";
import { type HttpAnswer, type HttpRequest, httpFunction } from "./http-function.ts";
import { onAws } from "./on-aws.ts";
import { unknownLinkPage, unsubscribedPage, unsubscribePage } from "./unsubscribe-page.ts";

const html = (statusCode: number, body: string): HttpAnswer => ({
  statusCode,
  headers: {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
  },
  body,
});

export const create = (ports: Ports) => {
  const opened = ({ pathParameters }: HttpRequest) => openPreferences(ports, pathParameters?.["token"] ?? "");
  const show = async (request: HttpRequest) => {
    const page = await opened(request);
    return page === undefined ? html(404, unknownLinkPage()) : html(200, unsubscribePage(page));
  };
  const optOut = async (request: HttpRequest) => {
    const page = await opened(request);
    if (page === undefined) return html(404, unknownLinkPage());
    await unsubscribe(ports, page.link);
    return html(200, unsubscribedPage(page));
  };
  return httpFunction(ports.log, [
    { method: "GET", path: "/u/{token}", handler: show },
    { method: "POST", path: "/u/{token}", handler: optOut },
  ]);
};
export const handler = onAws(create);
