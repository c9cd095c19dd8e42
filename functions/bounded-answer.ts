// Decides how large answers get through: compressed for whoever takes that, and refused with a way out where even that is too much.
import { gzipSync } from "node:zlib";
import { type HttpAnswer, type HttpRequest, problem } from "./http-function.ts";

/** What a function may answer is 6 MB, with all that is around the body. */
const MOST_BYTES = 6_000_000;
/** Compressing less is not worth it. */
const FROM_BYTES = 20_000;

/** The answer as it can leave; `instead`: what whoever asked is to do where it cannot. */
export function bounded({ headers }: Pick<HttpRequest, "headers">, answer: HttpAnswer, instead: string): HttpAnswer {
  if (answer.statusCode !== 200 || answer.body.length < FROM_BYTES) return answer;
  const takesGzip = isTaken(headers["accept-encoding"] ?? "");
  const packed = takesGzip ? compressed(answer) : answer;
  // As it leaves: within a JSON text, where each quotation mark is two signs.
  if (Buffer.byteLength(JSON.stringify(packed)) <= MOST_BYTES) return packed;
  const way = takesGzip ? instead : "Ask with the header accept-encoding: gzip.";
  return problem(422, "too_large", `This is more than one answer can hold. ${way}`);
}

function compressed(answer: HttpAnswer): HttpAnswer {
  return {
    ...answer,
    headers: { ...answer.headers, "content-encoding": "gzip", vary: "accept-encoding" },
    body: gzipSync(answer.body).toString("base64"),
    isBase64Encoded: true,
  };
}

/** "gzip;q=0" says no. */
const isTaken = (accepted: string) =>
  accepted.split(",").some((one) => /^\s*(?:x-)?gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$)[\d.]+\s*)?$/i.test(one));
