// Decides which requests the local server refuses to look at: what a page in the visitor's browser could send it.
import { decodedPath, type LocalAnswer, type LocalRequest, problemAnswer } from "./local-http.ts";

const OWN_NAMES = ["127.0.0.1", "localhost", "[::1]"];
/** What a link in a mail, a chat or a README may open. */
const MAY_BE_LINKED_TO = /^\/(?:$|outbox$|p$|[upc]\/)/;

/** The answer that refuses a request, or `undefined` when it may pass. `port` is the server's own. */
export function refusalOf(request: LocalRequest, port: number): LocalAnswer | undefined {
  const hosts = OWN_NAMES.flatMap((name) => (port === 80 ? [`${name}:80`, name] : [`${name}:${port}`]));
  return (
    foreignHost(request, hosts) ??
    foreignOrigin(request, hosts) ??
    crossSite(request) ??
    wrongContentType(request) ??
    unknownEncoding(request)
  );
}

/** A name that somebody else's DNS points to this machine must not make their page same-origin with us. */
function foreignHost({ headers }: LocalRequest, hosts: string[]): LocalAnswer | undefined {
  if (hosts.includes((headers["host"] ?? "").toLowerCase())) return undefined;
  return problemAnswer(
    403,
    "foreign_host",
    `Call this server by its own name, ${hosts[0]} or ${hosts[1]}: other Host headers are refused (DNS rebinding).`,
  );
}

function foreignOrigin({ headers }: LocalRequest, hosts: string[]): LocalAnswer | undefined {
  const origin = headers["origin"]?.toLowerCase();
  // A page of ours that tells nobody its address sends its forms without an origin; the browser itself vouches for it.
  if (origin === "null" && headers["sec-fetch-site"] === "same-origin") return undefined;
  if (origin === undefined || hosts.some((host) => origin === `http://${host}`)) return undefined;
  return problemAnswer(
    403,
    "foreign_origin",
    "Pages of other origins may not call this server; send no Origin header.",
  );
}

function crossSite(request: LocalRequest): LocalAnswer | undefined {
  const { method, headers } = request;
  if (headers["sec-fetch-site"] !== "cross-site") return undefined;
  const isNavigation = headers["sec-fetch-mode"] === "navigate" && (method === "GET" || method === "HEAD");
  if (isNavigation && MAY_BE_LINKED_TO.test(decodedPath(request) ?? "")) return undefined;
  return problemAnswer(
    403,
    "cross_site",
    "Pages of other sites may not call this server; open it in a tab of its own.",
  );
}

/** A form of another page cannot send this type without asking first. */
function wrongContentType(request: LocalRequest): LocalAnswer | undefined {
  const { method, headers } = request;
  if (method !== "POST" || !decodedPath(request)?.startsWith("/api/")) return undefined;
  if (/^application\/json\s*(?:;|$)/i.test(headers["content-type"] ?? "")) return undefined;
  return problemAnswer(415, "not_json", "Send the header content-type: application/json with every POST below /api.");
}

function unknownEncoding({ headers }: LocalRequest): LocalAnswer | undefined {
  if (/^(?:identity|gzip)?$/i.test(headers["content-encoding"] ?? "")) return undefined;
  return problemAnswer(415, "unknown_encoding", "The body may be sent as it is or with content-encoding gzip.");
}
