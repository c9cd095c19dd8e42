// Guarantees of asking for the link to one's page: who is known gets it by mail, and the answer tells nobody who is.
import { performance } from "node:perf_hooks";
import { describe, expect, test } from "vitest";
import { create } from "../../functions/preferences.ts";
import { eraseAddress } from "../../shared/pipeline/erasure/erase.ts";
import type { Ports, Table } from "../../shared/pipeline/ports.ts";
import { suppress } from "../../shared/pipeline/suppress.ts";
import { identify } from "../support/calls.ts";
import { aCentre, textOf } from "../support/preference-centre.ts";
import { START } from "../support/test-server.ts";

const LINK_MAIL = "anna@example.com: Your link to your choices and your data";

describe("asking for the link", () => {
  test("is answered alike for somebody known, unknown, opted out, suppressed and erased, and asked again", async () => {
    const { press, links, batch, host } = await aCentre();
    const others = ["gone", "closed", "out"].map((user) =>
      identify(START, { user, traits: { email: `${user}@example.com`, firstName: "Zed" } }),
    );
    await batch(...others);
    await host.settle();
    const { ports } = host.data;
    await suppress(ports, "closed@example.com", { reason: "complaint", at: START });
    await eraseAddress(ports, "gone@example.com", { by: "operator" });
    await suppress(ports, "out@example.com", { reason: "unsubscribe-all", at: START });
    await host.settle();
    await press("/p", { email: "anna@example.com" });
    await press(links.u, { "List-Unsubscribe": "One-Click" });
    const emails = ["anna", "nobody", "gone", "closed", "out", "ANNA"].map((name) => `${name}@example.com`);
    const answers = [];
    for (const email of emails) {
      const { status, headers, text } = await press("/p", { email });
      const { date: _, ...same } = headers;
      answers.push(JSON.stringify({ status, same, text }));
    }
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).not.toMatch(/Zed|Anna|example\.com/);
  });

  test("mails a link that opens the page, also to somebody who opted out", async () => {
    const { press, links, subjects, host, lastLinks, ask } = await aCentre();
    await press(links.p, { action: "refuse", purpose: "marketing" });
    await press("/p", { email: " Anna@Example.com " });
    await host.settle();
    expect(subjects().slice(1)).toEqual([LINK_MAIL]);
    const { p, html, text } = lastLinks();
    expect(html).toContain("This message follows something you asked for or ordered.");
    expect(text).not.toContain("/u/");
    expect(textOf(await ask(p))).toContain("Hello Anna,");
  });

  test("reaches the address of today, also of somebody whom sources name by an earlier one, which stays left", async () => {
    const { press, subjects, host } = await aCentre();
    const named = { email: "before@example.com" };
    for (const traits of [{ locale: "en" }, { email: "now@example.com" }]) {
      const entry = { source: "till", type: "profile.identified", at: START, detail: { ...named, traits } };
      await host.data.ports.bus.publish([entry]);
      await host.settle();
      await host.advanceTo(host.data.clock.now() + 1_000);
    }
    for (const email of ["before@example.com", "now@example.com"]) {
      await press("/p", { email });
      await host.settle();
    }
    expect(subjects().slice(1)).toEqual(["now@example.com: Your link to your choices and your data"]);
  });

  test("mails one link an hour", async () => {
    const { press, subjects, host, moveClock } = await aCentre();
    for (let n = 0; n < 3; n++) await press("/p", { email: "anna@example.com" });
    await host.settle();
    expect(subjects().slice(1)).toEqual([LINK_MAIL]);
    await moveClock({ advance: "PT1H" });
    await press("/p", { email: "anna@example.com" });
    await host.settle();
    expect(subjects().slice(1)).toEqual([LINK_MAIL, LINK_MAIL]);
  });

  test("mails one to each who shares the address", async () => {
    const { press, subjects, batch, host } = await aCentre();
    await batch(identify(START, { user: "u-2", traits: { firstName: "Bo" } }));
    await host.settle();
    await press("/p", { email: "anna@example.com" });
    await host.settle();
    expect(subjects().slice(1)).toEqual([LINK_MAIL, LINK_MAIL]);
  });

  test("leaves nothing of an unknown address but a mark nobody can read", async () => {
    const { press, everything, subjects, host } = await aCentre();
    const before = await everything();
    await press("/p", { email: "stranger@example.com" });
    await host.settle();
    const after = await everything();
    expect(after).toHaveLength(before.length + 1);
    expect(JSON.stringify(after)).not.toContain("stranger");
    expect(subjects()).toHaveLength(1);
  });

  test.each([
    [""],
    ["anna"],
    ["anna@"],
    ["@example.com"],
    ["anna@example.com, bo@example.com"],
    ["anna@example.com\r\nBcc: bo@example.com"],
    ['"><script>alert(1)</script>@example.com'],
    [`${"a".repeat(70)}@example.com`],
    ["a".repeat(100_000)],
  ])("says that %j is no address, and keeps nothing", async (email) => {
    const { press, everything } = await aCentre();
    const before = await everything();
    const answer = await press("/p", { email });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('aria-invalid="true"');
    expect(answer.text).not.toContain("<script");
    expect(answer.text.length).toBeLessThan(10_000);
    expect(await everything()).toEqual(before);
  });

  test("without a field is no address either", async () => {
    const { ask } = await aCentre();
    for (const body of ["", "mail=anna@example.com", '{"email":"anna@example.com"}'])
      expect((await ask("/p", { method: "POST", body })).status).toBe(400);
  });
});

/** Names of the calls that a request makes, in order. */
async function callsFor(ports: Ports, email: string): Promise<string[]> {
  const calls: string[] = [];
  const noted = <P extends object>(of: string, port: P): P =>
    new Proxy(port, {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          calls.push(`${of}.${String(name)}`);
          return (value as (...args: unknown[]) => unknown).apply(target, args);
        };
      },
    });
  const handler = create({ ...ports, table: noted<Table>("table", ports.table), bus: noted("bus", ports.bus) });
  const http = { method: "POST", path: "/p" };
  const body = new URLSearchParams({ email }).toString();
  await handler({ version: "2.0", rawPath: "/p", headers: {}, body, requestContext: { http } }, {});
  return calls;
}

describe("known and unknown addresses", () => {
  test("cost the same calls, in the same order", async () => {
    const { host } = await aCentre();
    await callsFor(host.data.ports, "warm-up@example.com");
    const known = await callsFor(host.data.ports, "anna@example.com");
    expect(await callsFor(host.data.ports, "nobody@example.com")).toEqual(known);
    expect(known.slice(-3)).toEqual(["table.getMany", "table.write", "bus.publish"]);
    const again = await callsFor(host.data.ports, "anna@example.com");
    expect(again).toEqual(await callsFor(host.data.ports, "nobody@example.com"));
    expect(again).toEqual(known);
  });

  test("answer the same 200 times each; how long that takes is printed", async () => {
    const { press, batch, host } = await aCentre();
    const people = Array.from({ length: 200 }, (_, n) => `p-${n}`);
    await batch(...people.map((user) => identify(START, { user, traits: { email: `${user}@example.com` } })));
    await host.settle();
    const took: Record<"known" | "unknown", number[]> = { known: [], unknown: [] };
    const answers = new Set<string>();
    const ask = async (kind: "known" | "unknown", email: string) => {
      const before = performance.now();
      const { status, text } = await press("/p", { email });
      took[kind].push(performance.now() - before);
      answers.add(`${status} ${text}`);
    };
    // Some at once: each waits for a while.
    for (let n = 0; n < people.length; n += 5) {
      const some = people.slice(n, n + 5);
      await Promise.all(
        some.flatMap((user) => [ask("known", `${user}@example.com`), ask("unknown", `${user}@example.net`)]),
      );
    }
    const median = (all: number[]) => (all.toSorted((a, b) => a - b)[all.length >> 1] as number).toFixed(2);
    console.info(`asking for the link: median ${median(took.known)} ms known, ${median(took.unknown)} ms unknown`);
    expect(answers.size).toBe(1);
  });
});
