// Guarantees of the admin api about one person: who it is, and why.
import { describe, expect, test } from "vitest";
import { consent, identify, lead } from "../support/calls.ts";
import { aServer, START } from "../support/test-server.ts";

describe("the admin api about one person", () => {
  test("finds by any id, also one that no path can hold", async () => {
    const { ask, batch, host } = await aServer();
    await batch(identify(START, { user: "a/b?c" }));
    await host.settle();
    const found = (await ask(`/api/profiles?id=${encodeURIComponent("a/b?c")}`)).json();
    const [{ id }] = found.items;
    expect((await ask(`/api/profiles/${id}`)).json()).toMatchObject({ id, identities: ["userId:a/b?c"] });
    expect((await ask("/api/profiles?id=nobody")).json()).toEqual({ items: [] });
    expect((await ask("/api/profiles")).status).toBe(400);
    expect((await ask("/api/profiles/nobody")).json().error.message).toContain('There is no profile "nobody".');
  });

  test("explains a campaign, a segment and everything, now and at other instants", async () => {
    const { ask, batch, host } = await aServer();
    await batch(identify(START), consent(START), lead(START));
    await host.settle();
    const explain = async (query: string) => (await ask(`/api/profiles/u-1/explain${query}`)).json();
    expect(await explain("?campaign=welcome")).toMatchObject({ about: "campaign", asOf: { is: "now" } });
    expect(await explain("?segment=leads&at=2027-03-03")).toMatchObject({
      about: "segment",
      asOf: { is: "future", at: "2027-03-03T00:00:00.000Z" },
    });
    expect(await explain("")).toMatchObject({ about: "profile", segments: expect.any(Array) });
  });

  test("says what is wrong with a question", async () => {
    const { ask, batch, host } = await aServer();
    await batch(lead(START));
    await host.settle();
    const problemOf = async (query: string) => {
      const answer = await ask(`/api/profiles/u-1/explain?${query}`);
      return { status: answer.status, ...answer.json().error };
    };
    expect(await problemOf("campaign=welcom")).toMatchObject({ status: 404, code: "no_such_campaign" });
    expect(await problemOf("segment=lead")).toMatchObject({ status: 404, code: "no_such_segment" });
    expect(await problemOf("campaign=a&segment=b")).toMatchObject({ status: 400, code: "two_subjects" });
    expect(await problemOf("at=2020-01-01")).toMatchObject({ status: 404, code: "not_known_yet" });
    expect(await problemOf("at=next%20week")).toMatchObject({
      status: 400,
      code: "bad_at",
      message: expect.stringContaining("such as 2026-03-01T10:00:00Z"),
    });
  });
});
