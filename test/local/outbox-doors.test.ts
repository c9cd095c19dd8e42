// Decides what is seen of the mails that left: all of them as JSON, and as a page on which nothing of a mail can act.
import { describe, expect, test } from "vitest";
import type { Mail } from "../../shared/pipeline/ports.ts";
import { identify, lead } from "../support/calls.ts";
import { aServer, START, type TestServer } from "../support/test-server.ts";

const HOSTILE = `</iframe></pre><script>alert("1")</script>'"&`;

function aMail(n: number, given: Partial<Mail> = {}): Mail {
  return {
    sendId: `send-${n}`,
    from: "Shop <shop@shop.example>",
    to: `reader${n}@example.com`,
    subject: `Mail ${n}`,
    html: `<html><head></head><body><p>Body ${n}</p></body></html>`,
    text: `Text ${n}`,
    headers: {},
    tags: { sid: `send-${n}` },
    tracksOpens: false,
    ...given,
  };
}

async function sendMails({ host }: TestServer, count: number): Promise<void> {
  for (let n = 1; n <= count; n++) await host.data.outbox.send(aMail(n));
}

const subjectsOn = (page: string) => [...page.matchAll(/<strong>(.*?)<\/strong>/g)].map(([, subject]) => subject);

describe("GET /api/outbox", () => {
  test("lists every mail in order, page by page", async () => {
    const server = await aServer({ published: false });
    await sendMails(server, 5);
    const subjects: string[] = [];
    let next: string | undefined = "0";
    while (next !== undefined) {
      const { items, next: following } = (await server.ask(`/api/outbox?limit=2&next=${next}`)).json();
      subjects.push(...items.map(({ subject }: Mail) => subject));
      next = following;
    }
    expect(subjects).toEqual(["Mail 1", "Mail 2", "Mail 3", "Mail 4", "Mail 5"]);
  });

  test("tells the whole mail of a lead", async () => {
    const { ask, batch, host } = await aServer();
    await batch(identify(START, { traits: { consent: { marketing: "granted" } } }), lead(START));
    await host.settle();
    const { items } = (await ask("/api/outbox")).json();
    expect(items).toEqual([
      {
        to: "anna@example.com",
        from: expect.stringContaining("@"),
        subject: expect.stringContaining("Anna"),
        html: expect.stringContaining("<html"),
        text: expect.stringContaining("Anna"),
        headers: expect.objectContaining({ "List-Unsubscribe": expect.stringContaining("/u/") }),
        tags: { sid: items[0].sendId, pid: expect.any(String) },
        sendId: expect.any(String),
        messageId: expect.any(String),
        tracksOpens: false,
        at: expect.stringMatching(/^2027-03-02T08:00:.*Z$/),
      },
    ]);
  });

  test.each(["limit=0", "limit=x", "limit=-1", "next=x"])("answers 400 for %s", async (query) => {
    const { ask } = await aServer({ published: false });
    expect((await ask(`/api/outbox?${query}`)).status).toBe(400);
  });
});

describe("the outbox page", () => {
  test("says what to try while nothing has left", async () => {
    const { ask } = await aServer({ published: false });
    const { status, text, headers } = await ask("/outbox");
    expect({ status, type: headers["content-type"] }).toEqual({ status: 200, type: "text/html; charset=utf-8" });
    expect(text).toContain("Nothing has left yet");
    expect(text).toContain("/v1/batch");
    expect(text).toContain("/api/clock");
  });

  test("shows nothing of a mail unescaped, and allows no script", async () => {
    const server = await aServer({ published: false });
    const tags = { sid: HOSTILE };
    const headers = { "X-Hostile": HOSTILE };
    await server.host.data.outbox.send(
      aMail(1, { subject: HOSTILE, from: HOSTILE, html: HOSTILE, text: HOSTILE, headers, tags }),
    );
    const { text, headers: sent } = await server.ask(`/outbox?campaign=&to=${encodeURIComponent("reader")}`);
    expect(text).not.toMatch(/<script/i);
    expect(text.match(/<\/iframe>/g)).toHaveLength(1);
    expect(text.match(/<\/pre>/g)).toHaveLength(1);
    expect(text).toContain("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&quot;&amp;");
    const sandbox = /<iframe[^>]* sandbox="([^"]*)"/.exec(text)?.[1];
    expect(sandbox).toBeDefined();
    expect(sandbox).not.toContain("allow-scripts");
    expect(sandbox).not.toContain("allow-same-origin");
    expect(sent["content-security-policy"]).toContain("default-src 'none'");
    expect(sent["content-security-policy"]).not.toContain("script-src");
  });

  test("escapes what was searched for", async () => {
    const { ask } = await aServer({ published: false });
    const { text } = await ask(`/outbox?to=${encodeURIComponent(HOSTILE)}&campaign=${encodeURIComponent(HOSTILE)}`);
    expect(text).not.toMatch(/<script/i);
  });

  test("shows the newest first and leads to the older ones", async () => {
    const server = await aServer({ published: false });
    await sendMails(server, 45);
    const shown: string[][] = [];
    let path: string | undefined = "/outbox";
    while (path !== undefined) {
      const { text } = await server.ask(path);
      shown.push(subjectsOn(text) as string[]);
      path = /<a href="([^"]*)" rel="next">/.exec(text)?.[1]?.replaceAll("&amp;", "&");
    }
    expect(shown.map((subjects) => [subjects[0], subjects.length])).toEqual([
      ["Mail 45", 20],
      ["Mail 25", 20],
      ["Mail 5", 5],
    ]);
  });

  test("finds mails by recipient and by campaign", async () => {
    const server = await aServer();
    await sendMails(server, 30);
    await server.batch(identify(START, { traits: { consent: { marketing: "granted" } } }), lead(START));
    await server.host.settle();
    expect(subjectsOn((await server.ask("/outbox?to=READER7@")).text)).toEqual(["Mail 7"]);
    const welcome = (await server.ask("/outbox?campaign=welcome")).text;
    expect(subjectsOn(welcome)).toEqual([expect.stringContaining("Anna")]);
    expect(welcome).toContain('<span class="tag">welcome</span>');
    expect((await server.ask("/outbox?campaign=upsell")).text).toContain("No mail here fits");
  });
});
