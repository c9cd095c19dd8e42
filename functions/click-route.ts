// Decides how a link of a mail is answered: on to where it was signed to lead, whatever becomes of counting the click.
import { isScanner } from "../shared/domain/engagement.ts";
import { openClick, recordClick } from "../shared/pipeline/click.ts";
import { errorText } from "../shared/pipeline/error-text.ts";
import type { Ports } from "../shared/pipeline/ports.ts";
import type { HttpAnswer, HttpRequest, HttpRoute } from "./http-function.ts";

/**
 * The routes of `/c/{token}`: 302 to the signed address and to nothing else; `notOurs` answers a link that we did not sign.
 * HEAD, which only programs ask, is answered alike and counts nothing.
 */
export function clickRoutes(
  ports: Ports,
  notOurs: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>,
): HttpRoute[] {
  const answer = async (request: HttpRequest, isCounted: boolean): Promise<HttpAnswer> => {
    const link = await openClick(ports, request.pathParameters?.["token"] ?? "");
    if (link === undefined) return notOurs(request);
    try {
      if (isCounted) await recordClick(ports, link, isScanner(request.headers));
    } catch (error) {
      ports.log.error("click not recorded", { sendId: link.sendId, error: errorText(error) });
    }
    const headers = { location: link.url, "referrer-policy": "no-referrer", "x-robots-tag": "noindex" };
    return { statusCode: 302, headers, body: "" };
  };
  return [
    { method: "GET", path: "/c/{token}", handler: (request) => answer(request, true) },
    { method: "HEAD", path: "/c/{token}", handler: (request) => answer(request, false) },
  ];
}
