// Decides what an HTTP request and its answer are inside the local host: plain data, without sockets.
export type LocalRequest = {
  method: string;
  /** As it came, still percent-encoded, without the query. */
  path: string;
  /** Without the question mark. */
  query: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: string;
  /** The body is base64 of bytes that are no text, such as gzip. */
  isBase64Encoded?: boolean;
};

export type LocalAnswer = {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** As in requests. */
  isBase64Encoded?: true;
};

/** The body as it goes out. */
export function bytesOf({ body, isBase64Encoded }: Pick<LocalAnswer, "body" | "isBase64Encoded">): Buffer {
  return Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
}

/** The path as API Gateway passes it on, decoded; `undefined` when it is not percent-encoded UTF-8. */
export function decodedPath({ path }: LocalRequest): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

const SAFE_HEADERS = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
};

/** An answer in JSON. */
export function jsonAnswer(status: number, body: unknown): LocalAnswer {
  return {
    status,
    headers: { ...SAFE_HEADERS, "content-type": "application/json; charset=utf-8" },
    body: JSON.stringify(body),
  };
}

/** The one shape of every error answer, the same as the functions'. */
export function problemAnswer(status: number, code: string, message: string): LocalAnswer {
  return jsonAnswer(status, { error: { code, message } });
}

/** A page; `contentSecurityPolicy` says what it may load. */
export function pageAnswer(body: string, contentSecurityPolicy: string): LocalAnswer {
  return {
    status: 200,
    headers: {
      ...SAFE_HEADERS,
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": contentSecurityPolicy,
    },
    body,
  };
}
