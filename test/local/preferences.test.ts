// Guarantees of the pages for people: a look changes nothing, a choice counts before it is answered, and only who got the mail
// sees anything.
import { describe, expect, test } from "vitest";
import { DAY_MS } from "../../shared/domain/instant.ts";
import { signLink } from "../../shared/domain/link-token.ts";
import { identify, lead } from "../support/calls.ts";
import { aCentre, addressIn, textOf } from "../support/preference-centre.ts";
import { START } from "../support/test-server.ts";

const MULTIPART = ["--b", 'Content-Disposition: form-data; name="List-Unsubscribe"', "", "One-Click", "--b--", ""].join(
  "\r\n",
);

describe("the unsubscribe link", () => {
  test("changes nothing when it is looked at, however often", async () => {
    const { ask, links, everything } = await aCentre();
    const before = await everything();
    for (const method of ["GET", "HEAD", "GET"]) expect((await ask(links.u, { method })).status).toBe(200);
    expect(await everything()).toEqual(before);
  });

  test.each([
    ["as RFC 8058 says", "application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"],
    ["as a form with parts", "multipart/form-data; boundary=b", MULTIPART],
    ["by the button of the page", "application/x-www-form-urlencoded", "by=page"],
    ["with nothing in it", undefined, ""],
    ["with something else in it", "text/plain", "\u0000%%%&&&=="],
  ])("says no before it is answered, posted %s", async (_, type, body) => {
    const { ask, links, everything, batch, host, subjects } = await aCentre();
    const headers = type === undefined ? {} : { "content-type": type };
    const answer = await ask(links.u, { method: "POST", headers, body });
    expect(answer.status).toBe(200);
    expect(addressIn(await everything()).optOuts).toHaveProperty("marketing");
    expect(answer.headers["set-cookie"]).toBeUndefined();
    // Another profile of the same address gets nothing either.
    await batch(identify(START, { user: "u-2", traits: { consent: { marketing: "granted" } } }), lead(START, "u-2"));
    await host.settle();
    expect(subjects()).toHaveLength(1);
  });

  test("may be posted again and again, and stays good when years have passed", async () => {
    const { ask, links, moveClock } = await aCentre();
    await moveClock({ advance: "P400D" });
    for (let n = 0; n < 3; n++) expect((await ask(links.u, { method: "POST" })).status).toBe(200);
    expect((await ask(links.p)).status).toBe(410);
  });

  test("tells the mail program's click from the page's button in the proof", async () => {
    const { press, links, everything } = await aCentre();
    await press(links.u, { "List-Unsubscribe": "One-Click" });
    await press(links.p, { action: "agree", purpose: "marketing" });
    await press(links.u, { by: "page" });
    const proofs = (await everything()).flatMap(({ proof }) => (proof === undefined ? [] : [proof]));
    const told = proofs as unknown as { at: number; state: string; how: string; actor: string; wording?: string }[];
    expect(
      told
        .toSorted((a, b) => a.at - b.at)
        .map(({ state, how, actor, wording }) => [state, how, actor, wording].join(", ")),
    ).toEqual([
      "granted, checkout checkbox, system, v3",
      "denied, one-click unsubscribe, person, ",
      "granted, preference centre, person, centre-en-1-marketing",
      "denied, unsubscribe page, person, ",
    ]);
  });
});

describe("links that are not good", () => {
  test("open nothing and change nothing, and lead to the form that mails a new one", async () => {
    const { ask, press, links, everything, host } = await aCentre();
    const before = await everything();
    const secret = await host.data.ports.secrets.get("link");
    const token = (path: string) => path.slice(3);
    const foreign = signLink(`${secret}x`, "preferences", { profileId: "p", sendId: "s", expiresAt: START * 2 });
    const forged = [
      `/p/${token(links.u)}`,
      `/u/${token(links.p)}`,
      `/c/${token(links.u)}`,
      `/c/${token(links.p)}`,
      `/p/${foreign}`,
      `${links.p}x`,
      `${links.u.slice(0, -1)}`,
      "/p/..%2f..",
      "/u/%00",
      "/p/<script>alert(1)</script>",
    ];
    for (const path of forged) {
      const answer = await ask(path);
      expect({ path, status: answer.status }).toEqual({ path, status: 404 });
      if (path.startsWith("/c/")) expect(answer.headers["location"]).toBeUndefined();
      else expect((await press(path, { action: "erase", confirm: "yes" })).status).toBe(404);
      expect(answer.text).not.toMatch(/anna|Anna|<script/);
    }
    expect(await everything()).toEqual(before);
  });

  test("of a mail of 90 days ago show the form instead of the page", async () => {
    const { ask, press, links, moveClock } = await aCentre();
    await moveClock({ to: new Date(START + 89 * DAY_MS).toISOString() });
    expect((await ask(links.p)).status).toBe(200);
    await moveClock({ to: new Date(START + 91 * DAY_MS).toISOString() });
    const answer = await ask(links.p);
    expect(answer.status).toBe(410);
    expect(answer.text).toContain('action="../p"');
    expect((await press(links.p, { action: "refuse", purpose: "marketing" })).status).toBe(410);
  });

  test("of a mail to an address the person has left show nothing, and can only say no", async () => {
    const { ask, press, links, batch, host, everything } = await aCentre();
    await batch(identify(START + 1, { traits: { email: "new@example.com" } }));
    await host.settle();
    const answer = await ask(links.p);
    expect(answer.status).toBe(200);
    expect(answer.text).not.toMatch(/Anna|new@|n•••/);
    for (const action of ["agree", "pause", "export", "erase", "resume"])
      expect((await press(links.p, { action, purpose: "marketing", days: "30", confirm: "yes" })).status).toBe(400);
    const refused = await press(links.p, { action: "refuse", purpose: "marketing" });
    expect(textOf(await ask(refused.headers["location"] as string))).toContain("You will not receive our news");
    const closed = (await everything()).filter(({ address }) => JSON.stringify(address ?? {}).includes("marketing"));
    expect(closed).toHaveLength(2);
  });
});

describe("every page", () => {
  test("has a language, no script, and headers that keep its address to itself", async () => {
    const { ask, links } = await aCentre();
    for (const path of [links.u, links.p, `${links.p}?ask=erase`, "/p", "/p/nonsense", "/u/nonsense", "/c/nonsense"]) {
      const { headers, text } = await ask(path);
      expect(headers).toMatchObject({
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-robots-tag": "noindex, nofollow",
      });
      const policy = String(headers["content-security-policy"]);
      for (const part of ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"])
        expect(policy).toContain(part);
      expect(policy).not.toMatch(/unsafe|\*/);
      expect(text).toMatch(/^<!doctype html>\n<html lang="(fr|en)">/);
      expect(text).not.toMatch(/<script|<img|<link|\son\w+=|undefined|\[object/);
    }
  });

  test.each([
    [{ locale: "fr-CH" }, "en", "fr"],
    [{ locale: "en" }, "fr", "en"],
    [{ locale: "de" }, "es, en;q=0.3, fr;q=0.8", "fr"],
    [{ locale: null }, "en-GB", "en"],
    [{ locale: null }, "de", "fr"],
    [{ locale: "constructor" }, ",;;q=x,*;q=0,__proto__", "fr"],
  ])("of somebody with %j whose browser asks for %s speaks %s", async (traits, accepts, speaks) => {
    const { ask, links } = await aCentre(traits);
    for (const path of [links.u, links.p])
      expect((await ask(path, { headers: { "accept-language": accepts } })).text).toContain(`<html lang="${speaks}">`);
  });

  test("shows hostile texts as they are written", async () => {
    const hostile = `"><script>alert('x')</script>{{ 7 | times: 7 }}`;
    const consent = { marketing: { state: "granted", how: hostile }, sms: "granted" };
    const { ask, links } = await aCentre({ firstName: hostile, consent });
    const { text } = await ask(links.p);
    expect(text).not.toContain("<script>alert");
    expect(text.split("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;{{ 7 | times: 7 }}").length).toBe(4);
    expect(text).toContain("Another use: sms");
  });

  test("shows a name that turns the reading direction without the mark that does, and an invisible one not at all", async () => {
    const { ask, links } = await aCentre({ firstName: "\u202eAnna", locale: "en" });
    expect(textOf(await ask(links.p))).toContain("Hello Anna, this page is about the address a•••@example.com.");
    const unseen = await aCentre({ firstName: "\u200b", locale: "en" });
    expect(textOf(await unseen.ask(unseen.links.p))).toContain("This page is about the address");
  });
});
