// Decides how the commands talk to the local server: plain HTTP, one connection kept, no waiting limit unless asked for.
import { Agent, request } from "node:http";
import { gunzipSync } from "node:zlib";

export type HttpCall = { method: "GET" | "POST"; path: string; body?: string; timeoutMs?: number };

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** What an answer says, which may have come compressed. */
export function plainText(bytes: Buffer, isCompressed: boolean): string {
  return (isCompressed ? gunzipSync(bytes) : bytes).toString("utf8");
}

/** One call; rejects when the server cannot be reached or does not answer in time. */
export function httpCall(
  url: string,
  { method, path, body, timeoutMs }: HttpCall,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const content =
      body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const headers = { ...content, "accept-encoding": "gzip" };
    const limit = timeoutMs === undefined ? {} : { signal: AbortSignal.timeout(timeoutMs) };
    const call = request(new URL(path, url), { method, agent, headers, ...limit }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        const isCompressed = response.headers["content-encoding"] === "gzip";
        resolve({ status: response.statusCode ?? 0, body: plainText(Buffer.concat(parts), isCompressed) });
      });
      response.on("error", reject);
    });
    call.on("error", reject);
    call.end(body);
  });
}
