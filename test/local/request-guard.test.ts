// Decides that no page in the visitor's browser can drive the local server, and that no request can hurt it.
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { serve } from "../../cli/host/http-server.ts";
import { apiRoutes } from "../../shared/pipeline/api-rights.ts";
import { aServer, basicAuth, type TestServer, WRITE_KEY } from "../support/test-server.ts";

const json = { "content-type": "application/json" };

describe("the guard", () => {
  test("answers by the server's own names only", async () => {
    const { ask, port } = await aServer({ published: false });
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, `LOCALHOST:${port}`]) {
      expect((await ask("/health", { headers: { host } })).status).toBe(200);
    }
    for (const host of [
      "evil.example",
      `evil.example:${port}`,
      "localhost",
      `localhost:${port + 1}`,
      `127.0.0.1.evil.example:${port}`,
    ]) {
      const answer = await ask("/health", { headers: { host } });
      expect(answer.status).toBe(403);
      expect(answer.json().error.message).toContain("DNS rebinding");
    }
  });

  test("takes no request of a page of another origin", async () => {
    const { ask, port } = await aServer({ published: false });
    const post = (origin: string, path = "/api/clock") =>
      ask(path, { method: "POST", headers: { ...json, origin }, body: '{"advance":"PT1H"}' });
    expect((await post(`http://127.0.0.1:${port}`)).status).toBe(200);
    expect((await post(`http://localhost:${port}`)).status).toBe(200);
    for (const origin of ["https://evil.example", "null", `https://127.0.0.1:${port}`, "http://localhost:3000"]) {
      for (const path of ["/api/clock", "/v1/batch", "/u/token", "/"])
        expect((await post(origin, path)).status).toBe(403);
    }
  });

  test("lets pages of other sites link to it, and nothing else", async () => {
    const { ask } = await aServer();
    const crossSite = (path: string, mode: string, method = "GET") =>
      ask(path, { method, headers: { ...json, "sec-fetch-site": "cross-site", "sec-fetch-mode": mode } });
    expect((await crossSite("/outbox", "navigate")).status).toBe(200);
    expect((await crossSite("/", "navigate")).status).toBe(200);
    expect((await crossSite("/u/token", "navigate")).status).toBe(404);
    expect((await crossSite("/outbox", "no-cors")).status).toBe(403);
    expect((await crossSite("/api/outbox", "navigate")).status).toBe(403);
    expect((await crossSite("/api/summary", "cors")).status).toBe(403);
    expect((await crossSite("/u/token", "navigate", "POST")).status).toBe(403);
    expect((await crossSite("/api/clock", "navigate", "POST")).status).toBe(403);
  });

  test("wants JSON below /api, and bodies as they are or gzip", async () => {
    const { ask } = await aServer({ published: false });
    const post = (headers: Record<string, string>) => ask("/api/events", { method: "POST", headers, body: "{}" });
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""]) {
      expect((await post({ "content-type": type })).status).toBe(415);
    }
    expect((await post({ "content-type": "application/json; charset=utf-8" })).status).toBe(400);
    expect((await post({ ...json, "content-encoding": "br" })).status).toBe(415);
  });
});

describe("the local server", () => {
  test("names its doors where there is none, and the method where it is another", async () => {
    const { ask } = await aServer({ published: false });
    const missing = await ask("/nothing/here");
    expect(missing.status).toBe(404);
    expect(missing.json().error).toMatchObject({ code: "not_found", message: expect.stringContaining("GET /outbox") });
    const mistyped = (await ask("/api/retentoin")).json().error.message;
    expect(mistyped).toContain("Did you mean GET /api/retention?");
    for (const key of [...Object.keys(apiRoutes), "GET /api/outbox", "POST /api/clock"])
      expect(mistyped).toContain(key);
    for (const path of ["/__proto__", "/constructor", "//outbox", "/v1", "/outbox/"])
      expect((await ask(path)).status).toBe(404);
    expect(await ask("/v1/batch")).toMatchObject({ status: 405, headers: { allow: "POST" } });
    expect(await ask("/api/clock", { method: "DELETE" })).toMatchObject({
      status: 405,
      headers: { allow: "GET, POST" },
    });
    expect((await ask("/%zz")).status).toBe(400);
  });

  test("answers HEAD as GET without the body", async () => {
    const { ask } = await aServer();
    for (const path of ["/outbox", "/api/summary", "/nothing"]) {
      const [get, head] = [await ask(path), await ask(path, { method: "HEAD" })];
      expect(head).toMatchObject({ status: get.status, text: "" });
      expect(head.headers["content-type"]).toBe(get.headers["content-type"]);
      expect(Number(head.headers["content-length"])).toBeGreaterThan(0);
    }
  });

  test("tells its health, with the version of the time-zone data", async () => {
    const { ask, batch } = await aServer();
    await batch({ type: "identify", userId: "u-1", traits: {} });
    expect((await ask("/health")).json()).toEqual({
      ok: true,
      now: expect.stringMatching(/^2027-03-02T08:00/),
      node: process.version,
      tz: process.versions["tz"],
      queues: { events: { ready: 1, delayed: 0, inFlight: 0 } },
    });
  });

  test("shows its doors at the root", async () => {
    const { ask } = await aServer({ published: false });
    expect(await ask("/")).toMatchObject({ status: 200, text: expect.stringContaining('<a href="/outbox">') });
  });

  test("answers 413 to a body over 6 MB and goes on", async () => {
    const { ask } = await aServer({ published: false });
    const body = `{"batch":["${"x".repeat(7 * 1024 * 1024)}"]}`;
    const answer = await ask("/v1/batch", { method: "POST", headers: basicAuth(WRITE_KEY), body });
    expect(answer.status).toBe(413);
    expect(answer.json().error.code).toBe("too_large");
    expect((await ask("/health")).status).toBe(200);
  });

  test("survives what is no HTTP, and requests that end in the middle", async () => {
    const server = await aServer({ published: false });
    for (const text of [
      "GARBAGE\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{",
    ]) {
      await endAfter(server, text);
    }
    expect((await server.ask("/health")).status).toBe(200);
  });

  test("says in one sentence that its port is in use", async () => {
    const { host, port } = await aServer({ published: false });
    await expect(serve(host, { port })).rejects.toMatchObject({
      code: "port_busy",
      message: `Port ${port} is in use: stop the other program or choose another with PORT=${port + 1} npm start.`,
    });
  });

  test("closes connections that are kept open or never finish their request", async () => {
    const { host } = await aServer({ published: false });
    const { port, close } = await serve(host, { port: 0 });
    const kept = await fetch(`http://127.0.0.1:${port}/health`);
    await kept.text();
    const hanging = connect(port, "127.0.0.1");
    const gone = new Promise((resolve) => hanging.on("close", resolve).on("error", resolve));
    await new Promise((resolve) => hanging.once("connect", resolve));
    hanging.write("POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{");
    await close();
    await gone;
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow();
  });
});

/** Sends these bytes, ends the sending side and waits until the connection is gone. */
function endAfter({ port }: TestServer, text: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.end(text));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve());
    socket.resume();
  });
}
