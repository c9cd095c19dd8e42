// Guarantees of the page of one's choices and data: each button does its one thing at once, and wrong ones do nothing.
import { describe, expect, test } from "vitest";
import { create } from "../../functions/preferences.ts";
import { DAY_MS } from "../../shared/domain/instant.ts";
import { Unavailable } from "../../shared/pipeline/faults.ts";
import { identify, lead } from "../support/calls.ts";
import { aCentre, addressIn, type PreferenceCentre, textOf } from "../support/preference-centre.ts";
import { START } from "../support/test-server.ts";

/** Presses a button and looks at the page it leads to; `path`: of another link than the first mail's. */
async function pressed(
  { press, ask, links }: PreferenceCentre,
  fields: Record<string, string>,
  path = links.p,
): Promise<string> {
  const headers = { "accept-language": "en" };
  const answer = await press(path, fields);
  expect(answer.status).toBe(303);
  const location = answer.headers["location"] as string;
  expect(location.startsWith(`${path}?`)).toBe(true);
  return textOf(await ask(location, { headers }));
}

describe("the page", () => {
  test("says who, what, since when, by what means, and why the last mail came; nothing more of the person", async () => {
    const { ask, links } = await aCentre();
    const answer = await ask(links.p);
    const text = textOf(answer);
    for (const part of [
      "Hello Anna, this page is about the address a•••@example.com.",
      "News and offers by e-mail",
      "Yes, since 2 March 2027, by “checkout checkbox”, according to our records.",
      "Seeing when you open a mail",
      "No, you did not say.",
      "“Welcome”, sent on 2 March 2027. On 2 March 2027, you left us your address. We could send it because you agreed to hear from us on 2 March 2027 (“checkout checkbox”).",
    ])
      expect(text).toContain(part);
    expect(answer.text).not.toMatch(/anna@|u-1/);
  });

  test("changes nothing when it is looked at", async () => {
    const { ask, links, everything, freshLink } = await aCentre();
    const fresh = await freshLink();
    const before = await everything();
    const looks = ["", "?ask=erase", "?done=refused", "?done=asked", "?action=erase&confirm=yes", "?done=constructor"];
    for (const query of looks) expect((await ask(fresh + query)).status).toBe(200);
    for (const query of looks) expect((await ask(links.p + query)).status).toBe(query === "?ask=erase" ? 403 : 200);
    expect(await everything()).toEqual(before);
  });

  test("takes a no and a yes, each in force when it is answered, and says so", async () => {
    const centre = await aCentre();
    const refused = await pressed(centre, { action: "refuse", purpose: "marketing" });
    expect(refused).toContain("Done: we have noted your refusal");
    expect(refused).toContain("No, since 2 March 2027, by this page.");
    expect(addressIn(await centre.everything()).optOuts).toHaveProperty("marketing");
    // No system brings the yes back.
    const { batch, host } = centre;
    await batch(identify(START + 5_000, { traits: { consent: { marketing: "granted" } } }));
    await host.settle();
    expect(addressIn(await centre.everything()).optOuts).toHaveProperty("marketing");
    const agreed = await pressed(centre, { action: "agree", purpose: "marketing" });
    expect(agreed).toContain("Yes, since 2 March 2027, by this page.");
    expect(addressIn(await centre.everything()).optOuts).toEqual({});
    expect(await pressed(centre, { action: "agree", purpose: "open-tracking" })).toContain("Refuse being seen");
  });

  test("stops marketing for 30 or 90 days, and ends that", async () => {
    const centre = await aCentre();
    const { everything, links, ask } = centre;
    expect(await pressed(centre, { action: "pause", days: "90" })).toContain("Paused until 31 May 2027.");
    const { pauses, lastActAt = 0 } = addressIn(await everything());
    expect(pauses["marketing"]).toBe(lastActAt + 90 * DAY_MS);
    const resumed = await pressed(centre, { action: "resume" });
    expect(resumed).toContain("Pause for 30 days");
    expect(addressIn(await everything()).pauses).toEqual({});
    await pressed(centre, { action: "pause", days: "30" });
    await centre.moveClock({ advance: "P20D" });
    expect(centre.subjects()).toHaveLength(1);
    await centre.moveClock({ advance: "P11D" });
    expect(textOf(await ask(links.p))).toContain("Pause for 30 days");
  });

  test("hands out everything that is known as a file", async () => {
    const { press, freshLink } = await aCentre();
    const answer = await press(await freshLink(), { action: "export" });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      "content-disposition": 'attachment; filename="my-data.json"',
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
    });
    expect(JSON.stringify(answer.json())).toContain("anna@example.com");
  });

  test("erases in two steps; afterwards the links still answer, and say no to nobody's harm", async () => {
    const centre = await aCentre();
    const { press, links, ask, host, everything } = centre;
    const fresh = await centre.freshLink();
    expect(await pressed(centre, { action: "erase" }, fresh)).toContain(
      "Erase my data? Everything we know about you is erased",
    );
    expect(JSON.stringify(await everything())).toContain("anna@example.com");
    expect(await pressed(centre, { action: "erase", confirm: "yes" }, fresh)).toContain("Your data is erased");
    await host.settle();
    expect(JSON.stringify(await everything())).not.toContain("anna@example.com");
    const tooLate = await press(links.p, { action: "agree", purpose: "marketing" });
    expect([tooLate.status, textOf(tooLate)]).toEqual([200, expect.stringContaining("Vos données sont effacées")]);
    expect((await ask(links.u)).status).toBe(200);
    const oneClick = await press(links.u, { "List-Unsubscribe": "One-Click" });
    expect([oneClick.status, textOf(oneClick)]).toEqual([200, expect.stringContaining("C’est fait")]);
    expect(addressIn(await everything()).suppressions).toHaveProperty("erasure");
  });

  test.each([
    [{}],
    [{ action: "" }],
    [{ action: "nope" }],
    [{ action: "constructor" }],
    [{ action: "agree" }],
    [{ action: "agree", purpose: "" }],
    [{ action: "refuse", purpose: "sms" }],
    [{ action: "agree", purpose: "__proto__" }],
    [{ action: "pause" }],
    [{ action: "pause", days: "31" }],
    [{ action: "pause", days: "30.0" }],
    [{ action: "pause", days: "-30" }],
  ])("answers 400 to %j and changes nothing", async (fields: Record<string, string>) => {
    const { press, links, everything } = await aCentre();
    const before = await everything();
    const answer = await press(links.p, fields);
    expect(answer.status).toBe(400);
    expect(textOf(answer)).toContain("There is no such choice. Nothing was changed.");
    expect(await everything()).toEqual(before);
  });

  test.each([
    ["no UTF-8", Buffer.from([0x61, 0xff]), 400],
    ["not what it says it is compressed with", "action=refuse", 400],
  ])("answers %s with a page or a sentence, not with a fault", async (_, body, status) => {
    const { ask, links } = await aCentre();
    const headers = { "content-encoding": typeof body === "string" ? "gzip" : "identity" };
    expect((await ask(links.p, { method: "POST", headers, body })).status).toBe(status);
  });

  test("answers a page that says to come back while the table is out of reach", async () => {
    const { host, links, press } = await aCentre();
    const table = { ...host.data.ports.table, query: () => Promise.reject(new Unavailable("table")) };
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const handler = create({ ...host.data.ports, table, log });
    const token = links.p.slice(3);
    const event = {
      rawPath: links.p,
      headers: {},
      pathParameters: { token },
      requestContext: { http: { method: "GET", path: links.p } },
    };
    const answer = (await handler({ version: "2.0", ...event }, {})) as { statusCode: number; body: string };
    expect(answer.statusCode).toBe(503);
    expect(answer.body).toContain("Please try again in a few minutes.");
    expect((await press(links.p, { action: "resume" })).status).toBe(303);
  });
});

describe("a form of the page", () => {
  test("is read also where API Gateway hands its body on as base64", async () => {
    const { host, links, everything } = await aCentre();
    const http = { method: "POST", path: links.p };
    const body = Buffer.from("action=refuse&purpose=marketing").toString("base64");
    const event = { version: "2.0", rawPath: links.p, headers: {}, body, isBase64Encoded: true };
    const pathParameters = { token: links.p.slice(3) };
    const answer = await create(host.data.ports)({ ...event, pathParameters, requestContext: { http } }, {});
    expect(answer).toMatchObject({ statusCode: 303 });
    expect(addressIn(await everything()).optOuts).toHaveProperty("marketing");
  });

  test("is taken from a browser that tells no origin because the page forbids it, and from no other site", async () => {
    const { press, links } = await aCentre();
    const send = (headers: Record<string, string>) => press(links.p, { action: "resume" }, headers);
    expect((await send({ origin: "null", "sec-fetch-site": "same-origin" })).status).toBe(303);
    expect((await send({ origin: "null", "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await send({ origin: "null" })).status).toBe(403);
    expect((await send({ origin: "https://elsewhere.example" })).status).toBe(403);
  });
});

describe("a link in a mail", () => {
  test("may be opened from anywhere", async () => {
    const { ask, links } = await aCentre();
    const headers = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    for (const path of [links.u, links.p, "/p"]) expect((await ask(path, { headers })).status).toBe(200);
  });

  test("of somebody who shares the address shows that person alone", async () => {
    const { ask, batch, host, lastLinks } = await aCentre();
    const traits = { firstName: "Bo", locale: "en", consent: { marketing: "granted" } };
    await batch(identify(START, { user: "u-2", traits }), lead(START, "u-2"));
    await host.settle();
    const text = textOf(await ask(lastLinks().p));
    expect(text).toContain("Hello Bo,");
    expect(text).not.toContain("Anna");
  });
});
