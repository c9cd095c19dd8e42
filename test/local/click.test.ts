// Guarantees of the links of mails in a running server: where they lead, what they count, and that nobody can bend them.
import { describe, expect, test } from "vitest";
import { functionEvent } from "../../cli/host/function-event.ts";
import { create } from "../../functions/preferences.ts";
import { signLink } from "../../shared/domain/link-token.ts";
import { Unavailable } from "../../shared/pipeline/faults.ts";
import { addressKeyOf, sendKey } from "../../shared/pipeline/keys.ts";
import type { Item, Mail } from "../../shared/pipeline/ports.ts";
import { loadAddressAt } from "../../shared/pipeline/records/address-record.ts";
import { readSend } from "../../shared/pipeline/records/send-record.ts";
import { identify, lead } from "../support/calls.ts";
import { type Answered, aServer, START, type TestServer } from "../support/test-server.ts";

const SHOP = "https://shop.atelier-lumen.example";
const PHONE = { "user-agent": "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1" };

/** A server whose welcome mail left an hour ago; `link` and `trap` are paths of its links. */
async function aMail() {
  const server = await aServer();
  await server.batch(identify(START, { traits: { consent: { marketing: "granted" } } }), lead(START));
  await server.host.settle();
  await server.moveClock({ advance: "PT1H" });
  server.host.data.clock.freeze();
  const mail = server.host.data.outbox.list().items[0] as Mail;
  const paths = [...mail.html.matchAll(/<a\b[^>]*href="http:\/\/127\.0\.0\.1:8787(\/c\/[^"]+)"[^>]*>/g)];
  const trap = paths.find(([tag]) => tag.includes("trap"))?.[1] as string;
  const link = paths.find(([tag]) => !tag.includes("trap"))?.[1] as string;
  const { sid, pid } = mail.tags as { sid: string; pid: string };
  const heard = async () => {
    const { items } = (await server.ask("/api/sends?campaign=welcome")).json();
    return Object.keys(items[0].feedback ?? {}).filter((kind) => kind.includes("click"));
  };
  return { server, link, trap, sid, pid, heard };
}

const where = ({ status, headers, text }: Answered) => ({ status, location: headers["location"], text });
const click = ({ ask }: TestServer, path: string, headers: Record<string, string> = PHONE) => ask(path, { headers });

describe("GET /c/{token}", () => {
  test("leads to the address in the mail, is kept by nobody on the way, and counts once it is a person's", async () => {
    const { server, link, heard } = await aMail();
    const answer = await click(server, link);
    expect(where(answer)).toEqual({ status: 302, location: SHOP, text: "" });
    expect(answer.headers).toMatchObject({ "cache-control": "no-store", "referrer-policy": "no-referrer" });
    expect(await heard()).toEqual(["click"]);
  });

  test("is an act of the person ten minutes later", async () => {
    const { server, link, sid, pid } = await aMail();
    const { clock, ports } = server.host.data;
    const clickedAt = clock.now();
    await click(server, link);
    const lastActAt = async () => {
      const { ledger } = readSend((await ports.table.get(sendKey(pid, sid))) as Item);
      return (await loadAddressAt(ports, addressKeyOf(ledger.address as string))).address.lastActAt;
    };
    await server.moveClock({ advance: "PT9M" });
    expect(await lastActAt()).toBeUndefined();
    await server.moveClock({ advance: "PT2M" });
    expect(await lastActAt()).toBe(clickedAt);
  });

  test("opens from a mail program's page in a browser", async () => {
    const { server, link } = await aMail();
    const navigation = { ...PHONE, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    expect((await click(server, link, navigation)).status).toBe(302);
  });

  test.each(["a scanner", "a trap"])("of %s leads there too, and is counted apart", async (what) => {
    const { server, link, trap, heard } = await aMail();
    const headers = what === "a trap" ? PHONE : { "user-agent": "BarracudaCentral/1.0" };
    expect((await click(server, what === "a trap" ? trap : link, headers)).status).toBe(302);
    expect(await heard()).toEqual(["machine-click"]);
  });

  test("answers HEAD alike and counts nothing", async () => {
    const { server, link, heard } = await aMail();
    const answer = await server.ask(link, { method: "HEAD", headers: PHONE });
    expect(where(answer)).toEqual({ status: 302, location: SHOP, text: "" });
    expect(await heard()).toEqual([]);
  });

  test("leads nowhere with a link that was bent, cut, or made for something else", async () => {
    const { server, link, sid, pid } = await aMail();
    const token = link.slice("/c/".length);
    const [id, payload = "", signature] = token.split(".");
    const bent = JSON.parse(Buffer.from(payload, "base64url").toString());
    const elsewhere = Buffer.from(JSON.stringify({ ...bent, url: "https://evil.example" })).toString("base64url");
    const secret = await server.host.data.ports.secrets.get("link");
    const unsubscribe = signLink(secret, "unsubscribe", { profileId: pid, sendId: sid, purpose: "marketing" });
    const others = [
      `${id}.${elsewhere}.${signature}`,
      token.slice(0, -2),
      `${token}x`,
      unsubscribe,
      "x",
      "..",
      "%00",
      "%0d%0aa:b",
    ];
    for (const other of others) {
      for (const method of ["GET", "HEAD"]) {
        const answer = await server.ask(`/c/${other}`, { method, headers: PHONE });
        expect({ other, status: answer.status, to: answer.headers["location"] }).toEqual({ other, status: 404 });
        expect(answer.text).not.toMatch(/evil|http-equiv/);
      }
    }
    expect((await server.ask(`${link}?url=https://evil.example`)).headers["location"]).toBe(SHOP);
    expect((await server.ask(`/u/${token}`)).status).toBe(404);
  });

  test("leads there when the mail is long gone, and makes nothing of it", async () => {
    const { server, link, sid, pid } = await aMail();
    const { table } = server.host.data.ports;
    await table.write({ delete: sendKey(pid, sid) });
    expect((await click(server, link)).status).toBe(302);
    expect(await table.get(sendKey(pid, sid))).toBeUndefined();
  });

  test("leads there when nothing can be written", async () => {
    const { server, link, heard } = await aMail();
    const { ports } = server.host.data;
    const get = async () => Promise.reject(new Unavailable("The table"));
    const preferences = create({ ...ports, table: { ...ports.table, get } });
    const request = { method: "GET", path: link, query: "", headers: PHONE, body: "" };
    const event = functionEvent(request, { path: link, routeKey: "GET /c/{token}", requestId: "r-1", now: START });
    const answer = await preferences(event, {} as never);
    expect(answer).toMatchObject({ statusCode: 302, headers: { location: SHOP } });
    expect(await heard()).toEqual([]);
  });
});
