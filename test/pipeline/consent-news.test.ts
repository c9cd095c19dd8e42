// Guarantees of what is told of a consent that an event changes: rules and others hear of each change once, and nobody goes round.
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, iso } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { ingest } from "../../shared/pipeline/ingest.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { NO_CAP, states } from "../support/sending.ts";
import { type ShopParts, shopDefinitions } from "../support/shop-definitions.ts";

const GREET = { campaign: "greet", on: { event: "consent.granted" }, reentry: "always" };
const SETTINGS: JsonObject = { ...NO_CAP, consent: { forms: { website: { how: "newsletter form" } } } };
const EMAIL = "ana@example.com";

const aWorld = (parts: ShopParts) =>
  MemoryWorld.open(shopDefinitions({ ...parts, settings: { ...SETTINGS, ...parts.settings } }));

type Said = { consent: object; at?: number; id?: string; source?: string };

/** An identify as it waits in the events queue. */
async function say(world: MemoryWorld, { consent, at = world.now, id = "m-1", source = "website" }: Said) {
  const traits = { email: EMAIL, consent };
  const call = { type: "identify", userId: "ana", messageId: id, timestamp: iso(at), traits };
  await ingest(world.ports, [call], { source });
}

const told = (world: MemoryWorld) =>
  world.published.flatMap(({ type, detail }) => (type.startsWith("consent.") ? [[type, detail["properties"]]] : []));

describe("somebody who signs up by a form", () => {
  test("is greeted once, however often the form is sent and its event comes", async () => {
    const world = await aWorld({ campaigns: [GREET] });
    await say(world, { consent: { marketing: "granted" } });
    const [first] = structuredClone(world.queued.events);
    world.queued.events.push(first as NonNullable<typeof first>);
    await world.settle();
    await world.reactTo([first?.body as JsonObject]);
    for (let n = 2; n < 5; n++) {
      world.now += HOUR_MS;
      await say(world, { consent: { marketing: "granted" }, id: `m-${n}` });
      await world.settle();
    }
    await world.advanceTo(world.now + DAY_MS);
    expect(world.mails()).toEqual([`${EMAIL}: Hello`]);
    expect(await states(world)).toEqual({ "greet SENT": 1 });
    expect(told(world)).toEqual([["consent.granted", { purpose: "marketing" }]]);
  });

  test("is greeted once where what the rules are told comes twice", async () => {
    const world = await aWorld({ campaigns: [GREET] });
    await say(world, { consent: { marketing: "granted" } });
    await world.reactTo(world.queued.events.splice(0).map(({ body }) => body));
    expect(world.queued.events).toHaveLength(1);
    world.queued.events.push(...structuredClone(world.queued.events));
    await world.settle();
    await world.advanceTo(world.now + DAY_MS);
    expect(world.mails()).toHaveLength(1);
  });

  test("long ago is greeted by nobody: what an import brings is history", async () => {
    const world = await aWorld({ campaigns: [GREET], segments: { agreed: { did: "consent.granted", atLeast: 1 } } });
    await say(world, { consent: { marketing: "granted" }, at: START - 30 * DAY_MS, source: "import" });
    await world.settle();
    await world.advanceTo(world.now + DAY_MS);
    expect(told(world)).toHaveLength(1);
    expect(await states(world)).toEqual({});
  });

  test("costs the rules nothing that do not ask, and others hear of it all the same", async () => {
    const world = await aWorld({});
    await say(world, { consent: { marketing: "granted" } });
    await world.reactTo(world.queued.events.splice(0).map(({ body }) => body));
    expect(world.queued.events).toEqual([]);
    expect(told(world)).toHaveLength(1);
  });
});

describe("a segment that counts who took it back", () => {
  test("counts each time a no follows a yes, once", async () => {
    const world = await aWorld({ segments: { gone: { did: "consent.withdrawn", atLeast: 2 } } });
    const members = () => world.published.filter(({ type }) => type === "segment.entered").length;
    for (const [index, state] of ["granted", "denied", "denied", "granted", "denied"].entries()) {
      expect(members()).toBe(0);
      world.now += HOUR_MS;
      await say(world, { consent: { marketing: state }, id: `m-${index}` });
      await world.settle();
    }
    expect(members()).toBe(1);
    expect(told(world).map(([type]) => type)).toEqual(
      ["granted", "withdrawn", "granted", "withdrawn"].map((what) => `consent.${what}`),
    );
  });

  test("loses nothing of a batch, and no purpose to another", async () => {
    const world = await aWorld({ segments: { gone: { did: "consent.withdrawn", atLeast: 2 } } });
    await say(world, { consent: { marketing: "granted", "open-tracking": "granted" } });
    world.now += HOUR_MS;
    await say(world, { consent: { marketing: "denied", "open-tracking": "denied" }, id: "m-2" });
    await world.settle();
    expect(world.published.filter(({ type }) => type === "segment.entered")).toHaveLength(1);
  });
});

describe("a system that answers every change by its opposite", () => {
  test("comes to an end: it can take a yes back, and no no", async () => {
    const world = await aWorld({ campaigns: [GREET] });
    await say(world, { consent: { marketing: "granted" } });
    for (let heard = 0; heard < told(world).length || world.queued.events.length > 0; ) {
      await world.settle();
      world.now += HOUR_MS;
      for (const [type] of told(world).slice(heard)) {
        const marketing = type === "consent.granted" ? "denied" : "granted";
        await say(world, { consent: { marketing }, id: `answer-${++heard}`, source: "crm" });
      }
    }
    expect(told(world).map(([type]) => type)).toEqual(["consent.granted", "consent.withdrawn"]);
  });
});

describe("where the rules cannot be reached just then", () => {
  test("the consent counts all the same, and nothing comes back", async () => {
    const world = await aWorld({ campaigns: [GREET] });
    await say(world, { consent: { marketing: "granted" } });
    const bodies = world.queued.events.splice(0).map(({ body }) => body);
    const { send } = world.ports.queues.events;
    world.ports.queues.events.send = async () => {
      throw new Error("out of reach");
    };
    await world.reactTo(bodies);
    world.ports.queues.events.send = send;
    await world.settle();
    expect(await states(world)).toEqual({});
    expect(world.queued.rejected).toEqual([]);
  });
});
