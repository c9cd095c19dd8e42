// Guarantees of links that were passed on: they neither download nor erase; that takes a link that was asked for and mailed to
// the person just now. Where no mail can bring one, every link does it: nobody is without a way to their data.
import { describe, expect, test } from "vitest";
import { DAY_MS } from "../../shared/domain/instant.ts";
import type { Links } from "../../shared/domain/link-token.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { suppress } from "../../shared/pipeline/suppress.ts";
import { identify, lead } from "../support/calls.ts";
import { aCentre, type PreferenceCentre, textOf } from "../support/preference-centre.ts";
import { shippedDefinitions } from "../support/shipped.ts";
import { START } from "../support/test-server.ts";

const LINK_MAIL = "anna@example.com: Your link to your choices and your data";
const TAKING = [{ action: "export" }, { action: "erase" }, { action: "erase", confirm: "yes" }];
const buttons = (text: string) => [...text.matchAll(/<button[^>]*>([^<]*)</g)].map(([, label]) => label);

/** What the token in a path says. */
const said = (path: string): Links["preferences"] =>
  JSON.parse(Buffer.from(path.split(".")[1] ?? "", "base64url").toString());

async function expectAllClosed({ press, everything }: PreferenceCentre, path: string): Promise<void> {
  const before = await everything();
  for (const fields of TAKING) {
    const answer = await press(path, fields);
    expect([answer.status, answer.headers["content-disposition"]]).toEqual([403, undefined]);
    expect(textOf(answer)).toMatch(/Nothing was downloaded or erased\..* we first mail a link to a•••@example\.com\./);
    expect(buttons(answer.text)).toEqual(["Mail me the link"]);
  }
  expect(await everything()).toEqual(before);
}

async function expectAllOpen({ press, ask, everything, host }: PreferenceCentre, path: string): Promise<void> {
  const page = await ask(path);
  expect(buttons(page.text)).toContain("Download my data");
  expect(textOf(page)).toContain("Erase my data");
  expect(page.text).not.toContain('value="confirm"');
  const exported = await press(path, { action: "export" });
  expect([exported.status, exported.text.includes("anna@example.com")]).toEqual([200, true]);
  expect((await press(path, { action: "erase" })).headers["location"]).toBe(`${path}?ask=erase`);
  expect((await ask(`${path}?ask=erase`)).text).toContain('name="confirm" value="yes"');
  expect((await press(path, { action: "erase", confirm: "yes" })).status).toBe(303);
  await host.settle();
  expect(JSON.stringify(await everything())).not.toContain("anna@example.com");
}

describe("a link that was passed on", () => {
  test("shows the choices, and neither downloads nor erases", async () => {
    const centre = await aCentre();
    const { ask, links, press } = centre;
    const page = await ask(links.p);
    expect(buttons(page.text).slice(-2)).toEqual(["Mail me a link to download", "Mail me a link to erase"]);
    expect(page.text).not.toMatch(/value="(export|erase)"|ask=erase/);
    expect((await ask(`${links.p}?ask=erase`)).status).toBe(403);
    await expectAllClosed(centre, links.p);
    expect((await press(links.p, { action: "pause", days: "30" })).status).toBe(303);
  });

  test("says so in French, too", async () => {
    const { ask, press, links } = await aCentre({ locale: "fr" });
    expect(buttons((await ask(links.p)).text).slice(-1)).toEqual(["M’envoyer un lien pour effacer"]);
    expect(textOf(await press(links.p, { action: "export" }))).toContain("Rien n’a été téléchargé ni effacé.");
    const { headers } = await press(links.p, { action: "confirm" });
    expect(textOf(await ask(headers["location"] as string))).toContain("Un message part vers a•••@example.com.");
  });

  test("is not made fresh by hand", async () => {
    const { ask, links, press } = await aCentre();
    const [key, , signature] = links.p.split(".");
    const payload = JSON.stringify({ ...said(links.p), freshUntil: START * 2 });
    const forged = `${key}.${Buffer.from(payload).toString("base64url")}.${signature}`;
    expect((await ask(forged)).status).toBe(404);
    expect((await press(`${links.p}?freshUntil=${START * 2}`, { action: "export", freshUntil: "1" })).status).toBe(403);
  });

  test("asks for nothing once the person has another address", async () => {
    const { press, links, batch, host, subjects } = await aCentre();
    await batch(identify(START + 5_000, { traits: { email: "new@example.com" } }));
    await host.settle();
    for (const fields of [{ action: "confirm" }, ...TAKING]) expect((await press(links.p, fields)).status).toBe(400);
    await host.settle();
    expect(subjects()).toHaveLength(1);
  });
});

describe("a link that was asked for", () => {
  test("is mailed to the address of the person, also if they want no news, and the page says so", async () => {
    const { press, ask, links, host, subjects, lastLinks } = await aCentre();
    await press(links.p, { action: "refuse", purpose: "marketing" });
    const asked = await press(links.p, { action: "confirm" });
    expect([asked.status, asked.headers["location"]]).toEqual([303, `${links.p}?done=asked`]);
    const page = await ask(`${links.p}?done=asked`);
    expect(page.text).toMatch(
      /role="status">A mail is on its way to a•••@example\.com\. With its link, good for this for a day/,
    );
    await host.settle();
    expect(subjects().slice(1)).toEqual([LINK_MAIL]);
    expect(lastLinks().text).toContain("For a day you can also download your data there, or erase it.");
  });

  test("comes once an hour, however it is asked for", async () => {
    const { ask, press, links, host, subjects, moveClock } = await aCentre();
    const answers = [];
    for (const _ of [1, 2]) {
      answers.push(await press(links.p, { action: "confirm" }));
      await press("/p", { email: "anna@example.com" });
      await host.settle();
    }
    expect(answers.map(({ status, headers }) => [status, headers["location"]])).toEqual([
      [303, `${links.p}?done=asked`],
      [303, `${links.p}?done=askedBefore`],
    ]);
    expect((await ask(`${links.p}?done=askedBefore`)).text).toMatch(
      /role="status">Nothing is sent now: for a•••@example\.com, a mail was asked for within this hour already\./,
    );
    expect(subjects().slice(1)).toEqual([LINK_MAIL]);
    await moveClock({ advance: "PT1H" });
    await press(links.p, { action: "confirm" });
    await host.settle();
    expect(subjects().slice(1)).toEqual([LINK_MAIL, LINK_MAIL]);
  });

  test("downloads and erases", async () => {
    const centre = await aCentre();
    await expectAllOpen(centre, await centre.freshLink());
  });

  test("does so too when it was asked for by the form", async () => {
    const centre = await aCentre();
    await centre.press("/p", { email: "anna@example.com" });
    await centre.host.settle();
    await expectAllOpen(centre, centre.lastLinks().p);
  });

  test("is fresh for a day, and then one like all others, for 90", async () => {
    const centre = await aCentre();
    const { press, ask, moveClock, host } = centre;
    const fresh = await centre.freshLink();
    await moveClock({ advance: "PT23H" });
    expect((await press(fresh, { action: "export" })).status).toBe(200);
    await moveClock({ advance: "PT1H" });
    await expectAllClosed(centre, fresh);
    expect((await ask(fresh)).status).toBe(200);
    const { freshUntil = 0, expiresAt } = said(fresh);
    expect(expiresAt - freshUntil).toBe(89 * DAY_MS);
    expect(host.data.clock.now()).toBeGreaterThanOrEqual(freshUntil);
  });

  test("is the only one that is ever fresh: other mails after it, and before, carry none", async () => {
    const { freshLink, links, batch, host, lastLinks } = await aCentre();
    expect(said(await freshLink())).toHaveProperty("freshUntil");
    await batch(
      identify(START, { user: "u-2", traits: { email: "bo@example.com", consent: { marketing: "granted" } } }),
    );
    await batch(lead(START, "u-2"));
    await host.settle();
    for (const { p } of [links, lastLinks()])
      expect(Object.keys(said(p))).toEqual(["profileId", "sendId", "expiresAt"]);
  });

  test("comes to whoever asks, however many share the address", async () => {
    const { press, links, batch, host, moveClock } = await aCentre();
    const others = Array.from({ length: 9 }, (_, n) =>
      identify(START, { user: `s-${n}`, traits: { firstName: "Bo" } }),
    );
    await batch(...others);
    await host.settle();
    for (const _ of [1, 2]) {
      await press(links.p, { action: "confirm" });
      await host.settle();
      await moveClock({ advance: "PT1H" });
    }
    const mails = host.data.outbox.list({ limit: 100 }).items.slice(1);
    const people = mails.map(({ text }) => said(/\/p\/[\w.-]+/.exec(text ?? "")?.[0] ?? ""));
    const { profileId } = said(links.p);
    // Five a request.
    expect(people).toHaveLength(10);
    expect(people.filter((one) => one.profileId === profileId)).toHaveLength(2);
  });
});

describe("where no mail can bring a fresh link, every link downloads and erases:", () => {
  test.each([
    ["without the campaign", undefined],
    ["with the campaign paused", { status: "paused" }],
  ])("%s", async (_, change) => {
    const centre = await aCentre();
    const { ports } = centre.host.data;
    const definitions = (await shippedDefinitions()).flatMap((one) => {
      if (one.id !== "preferences-link" || one.kind !== "campaign") return [one];
      return change === undefined ? [] : [{ ...one, body: { ...(one.body as object), ...change } }];
    });
    await publish(ports, definitions);
    // Of a page that was loaded before.
    const asked = await centre.press(centre.links.p, { action: "confirm" });
    expect([asked.status, asked.headers["location"]]).toEqual([303, `${centre.links.p}?`]);
    await centre.host.settle();
    expect(centre.subjects()).toHaveLength(1);
    await expectAllOpen(centre, centre.links.p);
  });

  test.each(["bounce", "soft-bounces", "complaint", "unsubscribe-all", "operator", "erasure"] as const)(
    "the address is closed by %s",
    async (reason) => {
      const centre = await aCentre();
      await suppress(centre.host.data.ports, "anna@example.com", { reason, at: START });
      await expectAllOpen(centre, centre.links.p);
    },
  );

  test("the person wants no service mails either", async () => {
    const centre = await aCentre();
    await centre.batch(identify(START + 5_000, { traits: { consent: { service: "denied" } } }));
    await centre.host.settle();
    await expectAllOpen(centre, centre.links.p);
  });
});
