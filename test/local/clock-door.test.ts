// Decides what moving the local clock from outside promises: everything in between has happened when it answers.
import { describe, expect, test } from "vitest";
import { identify, lead, purchase } from "../support/calls.ts";
import { aServer, START } from "../support/test-server.ts";

describe("the clock door", () => {
  test("shows the local time, and what is due until the new one has happened when it answers", async () => {
    const { ask, batch, moveClock, host } = await aServer();
    expect((await ask("/api/clock")).json().now).toMatch(/^2027-03-02T08:00:/);
    await batch(identify(START, { traits: { consent: { marketing: "granted" } } }), lead(START), purchase(START));
    const answer = await moveClock({ advance: "P3DT1H" });
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.json().now).toMatch(/^2027-03-05T09:00:/);
    expect(host.data.outbox.list().items).toHaveLength(2);
  });

  test.each([
    [{ advance: "PT2H" }, /^2027-03-02T10:00/],
    [{ advance: "P1W" }, /^2027-03-09T08:00/],
    [{ advance: "P1M" }, /^2027-04-02T08:00/],
    [{ advance: "P1Y2M" }, /^2028-05-02T08:00/],
    [{ advance: "PT0S" }, /^2027-03-02T08:00/],
    [{ to: "2027-06-01T08:00:00Z" }, /^2027-06-01T08:00/],
    [{ to: "2027-06-01T08:00:00+02:00" }, /^2027-06-01T06:00/],
    [{ to: "2027-06-01" }, /^2027-06-01T00:00/],
  ])("moves by %j", async (body, now) => {
    const { moveClock } = await aServer();
    expect((await moveClock(body)).json().now).toMatch(now);
  });

  test.each([
    [{}, /either advance or to/],
    [{ advance: "P1D", to: "2028-01-01" }, /either advance or to/],
    [{ forward: "P1D" }, /no field "forward"/],
    [{ advance: "3 days" }, /ISO 8601 duration such as P3D/],
    [{ advance: 3 }, /ISO 8601 duration/],
    [{ advance: "P99999999999Y" }, /ISO 8601 duration/],
    [{ advance: "P11Y" }, /10 years at most/],
    [{ to: "tomorrow" }, /ISO 8601 instant such as 2027/],
    [{ to: "2027-02-30T08:00:00Z" }, /ISO 8601 instant/],
    [[], /not a JSON object/],
  ])("answers 400 and shows how for %j", async (body, message) => {
    const { moveClock, host } = await aServer();
    const answer = await moveClock(body);
    expect(answer.status).toBe(400);
    expect(answer.json().error).toMatchObject({ code: "bad_clock", message: expect.stringMatching(message) });
    expect(host.data.clock.now()).toBeLessThan(START + 60_000);
  });

  test.each([{ to: "2027-03-01T00:00:00Z" }, { advance: "-P1D" }])("never goes back: %j", async (body) => {
    const { moveClock } = await aServer();
    const answer = await moveClock(body);
    expect(answer.status).toBe(409);
    expect(answer.json().error.message).toMatch(/^The clock never goes back: it shows 2027-03-02T08:00:.*\.$/);
  });

  test("takes JSON only, so that no form of another page can move it", async () => {
    const { ask } = await aServer();
    for (const path of ["/api/clock", "/%61pi/clock"]) {
      const headers = { "content-type": "text/plain" };
      expect((await ask(path, { method: "POST", headers, body: '{"advance":"P1D"}' })).status).toBe(415);
    }
  });
});
