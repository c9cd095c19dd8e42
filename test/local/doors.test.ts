// Decides what a source can rely on: what it sends by the protocol it knows is accepted, or refused with the field.
import { gzipSync } from "node:zlib";
import { Analytics } from "@segment/analytics-node";
import { describe, expect, test } from "vitest";
import { identify, lead, purchase } from "../support/calls.ts";
import { aServer, basicAuth, START, WRITE_KEY } from "../support/test-server.ts";

const consented = identify(START, { traits: { consent: { marketing: "granted" } } });

describe("the intake", () => {
  test("takes the good items of a batch and names index, id, code and field of the others", async () => {
    const { batch, host } = await aServer();
    const answer = await batch(
      consented,
      { type: "page", userId: "u-1", messageId: "m-1" },
      lead(START),
      { type: "track", event: "Lead Created", messageId: "m-3" },
      { type: "identify", userId: "u-1", traits: { email: 5 } },
    );
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({
      success: false,
      accepted: 2,
      rejected: [
        { index: 1, messageId: "m-1", code: "unsupported_type", path: "type", message: expect.any(String) },
        { index: 3, messageId: "m-3", code: "no_identity", path: "userId", message: expect.any(String) },
        { index: 4, messageId: null, code: "invalid_type", path: "traits.email", message: expect.any(String) },
      ],
    });
    await host.settle();
    expect(host.data.outbox.list().items.map(({ to }) => to)).toEqual(["anna@example.com"]);
  });

  test("rejects alone an item that is nested too deep, whatever its depth", async () => {
    const { ask } = await aServer();
    const nested = (depth: number) =>
      `{"type":"track","event":"A B","userId":"u","properties":{"a":${"[".repeat(depth)}${"]".repeat(depth)}}}`;
    const body = `{"batch":[${nested(30)},${nested(100_000)},${nested(5)}]}`;
    const answer = await ask("/v1/batch", { method: "POST", headers: basicAuth(WRITE_KEY), body });
    expect(answer.json()).toMatchObject({
      accepted: 1,
      rejected: [
        { index: 0, code: "too_deep", path: "properties" },
        { index: 1, code: "too_deep" },
      ],
    });
  });

  test("answers 401 without the write key, and says how to send it", async () => {
    const { ask } = await aServer();
    for (const headers of [{}, basicAuth("another-key"), { authorization: "Bearer x" }]) {
      const answer = await ask("/v1/track", { method: "POST", headers, body: "{}" });
      expect(answer.status).toBe(401);
      expect(answer.headers["www-authenticate"]).toMatch(/^Basic/);
      expect(answer.json().error).toMatchObject({ code: "unknown_write_key" });
    }
  });

  test.each([
    ["is not JSON", "{", "not_json"],
    ["is not UTF-8", Buffer.from([0x22, 0xff, 0x22]), "not_utf8"],
    ["is no batch", "[]", "not_a_batch"],
    ["holds nothing", '{"batch":[]}', "not_a_batch"],
  ])("answers 400 when the body %s", async (_, body, code) => {
    const { ask } = await aServer();
    const answer = await ask("/v1/batch", { method: "POST", headers: basicAuth(WRITE_KEY), body });
    expect({ status: answer.status, code: answer.json().error.code }).toEqual({ status: 400, code });
  });

  test("takes a compressed body, and refuses one that becomes too large", async () => {
    const { ask } = await aServer();
    const send = (body: Buffer) =>
      ask("/v1/batch", { method: "POST", headers: { ...basicAuth(WRITE_KEY), "content-encoding": "gzip" }, body });
    expect((await send(gzipSync(JSON.stringify({ batch: [consented] })))).json()).toMatchObject({ accepted: 1 });
    expect((await send(gzipSync(Buffer.alloc(20 * 1024 * 1024, "1")))).status).toBe(400);
    expect((await send(Buffer.from("not compressed"))).status).toBe(400);
  });
});

describe("the Segment SDK", () => {
  test("needs host, path and key; its lead gets the welcome mail", async () => {
    const { host, url } = await aServer();
    const failures: unknown[] = [];
    const analytics = new Analytics({ writeKey: WRITE_KEY, host: url, path: "/v1/batch", flushAt: 3, maxRetries: 0 });
    analytics.on("error", (error) => failures.push(error));
    analytics.identify({
      userId: "s-1",
      traits: { email: "sam@example.com", locale: "en", consent: { marketing: "granted" } },
    });
    analytics.track({ userId: "s-1", event: "Lead Created", properties: { source: "sdk" } });
    await analytics.closeAndFlush();
    expect(failures).toEqual([]);
    await host.settle();
    expect(host.data.outbox.list().items).toMatchObject([{ to: "sam@example.com" }]);
  });
});

describe("the unsubscribe link of a mail", () => {
  test("changes nothing when it is looked at, and opts the address out when it is posted", async () => {
    const { ask, batch, moveClock, host } = await aServer();
    await batch(consented, lead(START));
    await host.settle();
    const [mail] = host.data.outbox.list().items;
    expect(mail?.headers["List-Unsubscribe-Post"]).toBe("List-Unsubscribe=One-Click");
    const { pathname } = new URL((mail?.headers["List-Unsubscribe"] ?? "").slice(1, -1));

    expect(await ask(pathname)).toMatchObject({ status: 200, text: expect.stringContaining('<form method="post">') });
    await batch(purchase(START, { total: 120, order: "first" }));
    await moveClock({ advance: "P4D" });
    expect(host.data.outbox.count()).toBe(2);

    const oneClick = { "content-type": "application/x-www-form-urlencoded" };
    const answer = await ask(pathname, { method: "POST", headers: oneClick, body: "List-Unsubscribe=One-Click" });
    expect(answer.status).toBe(200);
    await moveClock({ advance: "P40D" });
    await batch({ ...purchase(START, { total: 150, order: "second" }), timestamp: undefined });
    await moveClock({ advance: "P4D" });
    expect(host.data.outbox.count()).toBe(2);
    const { items } = (await ask("/api/sends?campaign=upsell&state=refused")).json();
    expect(items).toMatchObject([{ state: "REFUSED", reason: "consent-denied" }]);
  });

  test("that is not one of ours answers 404 with a page", async () => {
    const { ask } = await aServer();
    expect(await ask("/u/nonsense")).toMatchObject({ status: 404, text: expect.stringContaining("<!doctype html>") });
    expect((await ask("/u/nonsense", { method: "POST" })).status).toBe(404);
  });
});

describe("the admin api", () => {
  test("finds a profile by an id with characters that paths encode", async () => {
    const { ask, batch, host } = await aServer();
    await batch(identify(START, { user: "100% é" }));
    await host.settle();
    const answer = await ask(`/api/profiles/${encodeURIComponent("100% é")}`);
    expect(answer.status).toBe(200);
    expect((await ask("/api/profiles/nobody")).status).toBe(404);
    expect((await ask("/api/profiles/%ff")).status).toBe(400);
  });
});
