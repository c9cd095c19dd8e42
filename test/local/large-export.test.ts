// Guarantees of large exports: compressed for whoever takes that, read by the commands, and beyond the bound a way out.
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { clientOfHost } from "../../cli/client.ts";
import { httpCall } from "../../cli/http-call.ts";
import { bounded } from "../../functions/bounded-answer.ts";
import { aServer, type TestServer } from "../support/test-server.ts";

/** Somebody of whom more is known than what is sent as it is. */
async function aServerWithMuch(): Promise<TestServer> {
  const server = await aServer();
  const note = "a".repeat(3_000);
  const views = Array.from({ length: 10 }, (_, n) => ({
    ...{ type: "track", userId: "lea", event: "Guide Read", messageId: `m-${n}`, properties: { note } },
  }));
  await server.batch({ type: "identify", userId: "lea", traits: { email: "lea@example.com" } }, ...views);
  await server.host.settle();
  return server;
}

const PATH = "/api/profiles/lea/export";

test("goes out compressed where that is accepted, and the commands read it; else as it is", async () => {
  const server = await aServerWithMuch();
  const plain = await server.ask(PATH);
  expect([plain.status, plain.headers["content-encoding"]]).toEqual([200, undefined]);
  expect(plain.json()).toMatchObject({ person: { identities: ["userId:lea"] } });
  const packed = await fetch(`${server.url}${PATH}`, { headers: { "accept-encoding": "gzip" } });
  expect(packed.headers.get("content-encoding")).toBe("gzip");
  expect(Number(packed.headers.get("content-length"))).toBeLessThan(plain.text.length / 2);
  const events = (await packed.json()) as { events: unknown[] };
  expect(events.events).toHaveLength(plain.json().events.length);
  const called = await httpCall(server.url, { method: "GET", path: PATH });
  expect(JSON.parse(called.body).events).toEqual(events.events);
  expect(await clientOfHost(server.host).get(PATH)).toMatchObject({ events: events.events });
});

const chance = (length: number) => {
  let state = 1;
  const sign = () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCharCode(35 + (state % 56));
  };
  return Array.from({ length }, sign).join("");
};
const answerOf = (body: string) => ({ statusCode: 200, headers: { "content-type": "application/json" }, body });
const asked = (accepted?: string) => ({ headers: accepted === undefined ? {} : { "accept-encoding": accepted } });

test("what fits compressed alone says how to ask for that, and comes whole to whoever does", () => {
  const body = JSON.stringify({ note: '"'.repeat(3_500_000) });
  const refused = bounded(asked(), answerOf(body), "Write.");
  expect([refused.statusCode, refused.body]).toEqual([422, expect.stringContaining("accept-encoding: gzip")]);
  const packed = bounded(asked("br, gzip;q=0.8"), answerOf(body), "Write.");
  expect(gunzipSync(Buffer.from(packed.body, "base64")).toString()).toBe(body);
});

test("what does not fit even so says what to do instead", () => {
  const refused = bounded(asked("gzip"), answerOf(chance(7_000_000)), "Write to the shop.");
  expect([refused.statusCode, refused.body]).toEqual([422, expect.stringContaining("Write to the shop.")]);
});

test.each(["", "br", "gzip;q=0", "gzip; q=0.0, br", "notgzip"])("who accepts %j gets it as it is", (accepted) => {
  const answer = answerOf(JSON.stringify({ note: "a".repeat(30_000) }));
  expect(bounded(asked(accepted), answer, "")).toBe(answer);
});
