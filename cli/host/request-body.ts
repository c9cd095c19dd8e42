// Decides how much of a request's body is read, and what of it is text.
import type { IncomingMessage } from "node:http";
import { type LocalAnswer, problemAnswer } from "./local-http.ts";

/** As much as a Lambda function can be called with. */
const MAX_BYTES = 6 * 1024 * 1024;
/** A client that still sends is listened to so long, that it may finish and read the answer. */
const MOST_IGNORED_BYTES = 64 * 1024 * 1024;

export type ReadBody = { body: string; isBase64Encoded?: true } | { refused: LocalAnswer };

/** Reads the body. What is compressed is handed on as base64, as API Gateway does with bytes. */
export async function readBody(request: IncomingMessage): Promise<ReadBody> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BYTES) chunks.push(chunk);
    else chunks.length = 0;
    if (bytes > MOST_IGNORED_BYTES) break;
  }
  if (bytes > MAX_BYTES) {
    return { refused: problemAnswer(413, "too_large", "The body is over 6 MB; send it in several requests.") };
  }
  const body = Buffer.concat(chunks);
  if (/gzip/i.test(request.headers["content-encoding"] ?? "")) {
    return { body: body.toString("base64"), isBase64Encoded: true };
  }
  try {
    return { body: new TextDecoder("utf-8", { fatal: true }).decode(body) };
  } catch {
    return { refused: problemAnswer(400, "not_utf8", "The body is not UTF-8.") };
  }
}
