// Proves that events are applied once, together with what follows from them, whatever is repeated or happens at once.
import { describe, expect, test } from "vitest";
import { DAY_MS, iso, MINUTE_MS, SECOND_MS } from "../../shared/domain/instant.ts";
import type { Json } from "../../shared/domain/json.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { findProfile } from "../../shared/pipeline/identity.ts";
import { profilePk } from "../../shared/pipeline/keys.ts";
import { profileView, timelineView } from "../../shared/pipeline/views/timeline.ts";
import { consent, identify, lead, purchase } from "../support/calls.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { smallShopDefinitions } from "../support/small-shop.ts";

async function activityOf(world: MemoryWorld, user = "u-1") {
  const id = (await findProfile(world.ports, user)) as string;
  const view = (await profileView(world.ports, id)) as { activity: Record<string, { count: number }> };
  return Object.fromEntries(Object.entries(view.activity).map(([type, { count }]) => [type, count]));
}

describe("react", () => {
  test("an event that arrives three times counts once", async () => {
    const world = await MemoryWorld.open();
    await world.post(purchase(START), purchase(START));
    await world.settle();
    await world.post(purchase(START));
    await world.settle();
    expect(await activityOf(world)).toEqual({ "purchase.completed": 1 });
  });

  test("an event without a timestamp is told from its retry by its id", async () => {
    const world = await MemoryWorld.open();
    const { timestamp: _timestamp, ...call } = lead(START);
    await world.post(call, call);
    await world.settle();
    world.now += MINUTE_MS;
    await world.post(call);
    await world.settle();
    expect(await activityOf(world)).toEqual({ "lead.created": 1 });
  });

  test("the same id at another declared time is another event", async () => {
    const world = await MemoryWorld.open();
    await world.post(purchase(START, { order: "o-1" }), purchase(START - SECOND_MS, { order: "o-1" }));
    await world.settle();
    expect(await activityOf(world)).toEqual({ "purchase.completed": 2 });
  });

  test("batches of one person at the same time apply every event once and enter a campaign once", async () => {
    const world = await MemoryWorld.open();
    await world.post(identify(START), consent(START));
    await world.settle();
    await world.post(
      lead(START),
      lead(START + 1),
      ...Array.from({ length: 12 }, (_, n) => purchase(START + n, { order: `o-${n}` })),
    );
    const bodies = world.queued.events.splice(0).map(({ body }) => body);
    await Promise.all(bodies.map((body) => world.reactTo([body])));
    await world.advanceTo(START + DAY_MS);
    expect(await activityOf(world)).toEqual({ "profile.identified": 2, "lead.created": 2, "purchase.completed": 12 });
    expect(world.mails().filter((mail) => mail.includes("Welcome"))).toHaveLength(1);
  });

  test("two events of a person nobody knew, at the same time, make one profile", async () => {
    const world = await MemoryWorld.open();
    await world.post(lead(START), purchase(START));
    const bodies = world.queued.events.splice(0).map(({ body }) => body);
    await Promise.all(bodies.map((body) => world.reactTo([body])));
    await world.settle();
    expect(await activityOf(world)).toEqual({ "lead.created": 1, "purchase.completed": 1 });
  });

  test("a message that is no event is put aside with its reason and the others are applied", async () => {
    const world = await MemoryWorld.open();
    await world.post(lead(START));
    const good = world.queued.events.splice(0).map(({ body }) => body);
    const envelope = good[0] as { [field: string]: Json };
    await world.reactTo([
      "not json",
      { ...envelope, detail: { userId: "u-2", occurredAt: "yesterday" } },
      { ...envelope, detail: {} },
      ...good,
    ]);
    const reasons = world.queued.rejected.map(
      ({ body }) => (body as { problems: { code: string; path: string }[] }).problems[0],
    );
    expect(reasons.map((reason) => reason?.path)).toEqual(["", "detail.occurredAt", "detail.userId"]);
    expect(await activityOf(world)).toEqual({ "lead.created": 1 });
  });

  test("a profile that would grow over its bound rejects the event and keeps the rest of the batch", async () => {
    const world = await MemoryWorld.open();
    await world.post(
      lead(START),
      identify(START, { traits: { story: "x".repeat(31_000) } }),
      identify(START + 1, { traits: { other: "y".repeat(31_000) } }),
    );
    await world.settle();
    expect(await activityOf(world)).toEqual({ "lead.created": 1, "profile.identified": 1 });
    expect(JSON.stringify(world.queued.rejected)).toContain("profile_too_large");
  });

  test("events of Relance's own never come back in", async () => {
    const world = await MemoryWorld.open();
    await world.post(identify(START), consent(START), lead(START));
    await world.settle();
    expect(
      world.published.filter(({ source }) => source === "relance").map(({ type, detail }) => [type, detail["segment"]]),
    ).toEqual([
      ["segment.entered", "leads"],
      ["consent.granted", undefined],
    ]);
    expect(world.queued.events).toEqual([]);
  });

  test("a rule that counts something new counts the past of a profile when it is next touched", async () => {
    const world = await MemoryWorld.open();
    await world.post(...[1, 2, 3].map((n) => purchase(START - n * DAY_MS, { order: `o-${n}` })));
    await world.settle();
    const gifts = {
      kind: "segment" as const,
      id: "book-lovers",
      file: "segments/book-lovers.yaml",
      lines: {},
      body: {
        segment: "book-lovers",
        title: "Book lovers",
        where: { did: "purchase.completed", atLeast: 3, where: { property: "category", eq: "books" } },
      },
    };
    await publish(world.ports, [...(await smallShopDefinitions()), gifts]);
    await world.post(lead(START));
    await world.settle();
    const id = (await findProfile(world.ports, "u-1")) as string;
    const view = (await profileView(world.ports, id)) as { segments: Record<string, string> };
    expect(view.segments["book-lovers"]).toBe(iso(START - DAY_MS));
  });

  test("the timeline tells what each event led to", async () => {
    const world = await MemoryWorld.open();
    await world.post(lead(START));
    await world.advanceTo(START + DAY_MS);
    const id = (await findProfile(world.ports, "u-1")) as string;
    const timeline = (await timelineView(world.ports, id)) as { items: { kind: string; [field: string]: unknown }[] };
    expect(
      timeline.items.map(({ kind, type, campaign, state, reason, decisions, segments }) => ({
        kind,
        type,
        campaign,
        state,
        reason,
        decisions,
        segments,
      })),
    ).toMatchObject([
      {
        kind: "event",
        type: "lead.created",
        decisions: [{ campaign: "welcome", outcome: "entered" }],
        segments: [{ segment: "leads", change: "entered", at: iso(START) }],
      },
      { kind: "send", campaign: "welcome", state: "REFUSED", reason: "consent-unknown" },
    ]);
  });

  test("keys of the table carry opaque ids only", async () => {
    const world = await MemoryWorld.open();
    await world.post(
      identify(START, { user: "canary-user" }),
      consent(START, { user: "canary-user", state: "denied" }),
      lead(START, "canary-user"),
    );
    await world.settle();
    const { items } = await world.table.scan({ segment: 0, segments: 1 });
    const id = await findProfile(world.ports, "canary-user");
    expect(items.filter(({ pk }) => pk === profilePk(id as string)).length).toBeGreaterThan(3);
    for (const { pk, sk, listPk, listSk, duePk } of items) {
      const keys = [pk, sk.startsWith("EVENT#") ? "" : sk, listPk, listSk?.split("#")[0], duePk].join(" ");
      expect(keys).not.toMatch(/canary|anna|example\.com/);
    }
  });
});
