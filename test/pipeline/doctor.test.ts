// Guarantees of the doctor's findings: what is said is there, what is well is not mentioned, and the lines to paste work.
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { Definition } from "../../shared/domain/definition.ts";
import { DAY_MS, HOUR_MS } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { settingsSchema } from "../../shared/domain/settings.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { Unavailable } from "../../shared/pipeline/faults.ts";
import { doctorView } from "../../shared/pipeline/views/doctor.ts";
import { identify, lead, purchase } from "../support/calls.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { smallShopDefinitions } from "../support/small-shop.ts";

/** The small shop with other settings, and campaigns of its own beside its. */
async function shopWith(settings: JsonObject, more: Definition[] = []): Promise<Definition[]> {
  const shop = await smallShopDefinitions();
  const changed = shop.map((one) => (one.kind === "settings" ? { ...one, body: { ...one.body, ...settings } } : one));
  return [...changed, ...more];
}

const idsIn = async (world: MemoryWorld) => (await doctorView(world.ports)).findings.map(({ id }) => id);
const finding = async (world: MemoryWorld, id: string) => {
  const found = (await doctorView(world.ports)).findings.find((one) => one.id === id);
  return found as NonNullable<typeof found>;
};

const viewed = (properties: object, messageId = "v-1") => ({
  ...{ type: "track", userId: "u-1", event: "Product Viewed", messageId },
  properties,
});

describe("unused data", () => {
  async function shopThatKnowsTooMuch(settings: JsonObject = {}): Promise<MemoryWorld> {
    const world = await MemoryWorld.open(await shopWith(settings));
    await world.post(
      identify(START, { user: "u-1", traits: { shoeSize: 42, "no: yes": 1, phone: "1" } }),
      identify(START, { user: "u-2", traits: { email: "ben@example.com", shoeSize: 40 } }),
      purchase(START),
      viewed({ ip: "192.0.2.1", sku: "x" }),
    );
    await world.settle();
    return world;
  }

  test("is listed with how often it is seen on how large a sample, and what is used is not", async () => {
    const world = await shopThatKnowsTooMuch();
    const { says, means, level } = await finding(world, "unused-facts");
    expect(level).toBe("advice");
    expect(says).toContain('shoeSize (2 of 2 profiles), "no: yes" (1 of 2 profiles), phone (1 of 2 profiles)');
    expect(says).toContain("ip of product.viewed (1 of 1 events)");
    expect(says).toContain("total of purchase.completed");
    for (const used of ["email", "firstName", "locale", "country", "consent", " amount "])
      expect(says).not.toContain(used);
    expect(means).toContain("a sample of profiles (2) and newest events (4, ");
  });

  test("has names that are shown without doing anything, and mean themselves when they are pasted", async () => {
    const names = ["a\u001b[31mred", "\u202edrow", "yes", "- x: [1", 'quote"', "line\u2028break", "\u{e0001}tag"];
    const world = await MemoryWorld.open();
    await world.post(identify(START, { traits: Object.fromEntries(names.map((name) => [name, 1])) }));
    await world.settle();
    const { says, next } = await finding(world, "unused-facts");
    const yaml = next[0]?.yaml ?? "";
    expect(`${says}${yaml}`.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    const { traits } = (parse(yaml) as { drop: { traits: string[] } }).drop;
    expect(traits.toSorted()).toEqual(names.toSorted());
  });

  test("is gone when its lines are pasted and published, and nothing else is said of it any more", async () => {
    const world = await shopThatKnowsTooMuch({ drop: { traits: ["size"], properties: { "cart.updated": ["ip"] } } });
    const { next } = await finding(world, "unused-facts");
    const pasted = parse(next.find(({ yaml }) => yaml !== undefined)?.yaml ?? "") as { drop: JsonObject };
    expect(pasted.drop["traits"]).toEqual(["size", "shoeSize", "no: yes", "phone"]);
    expect(pasted.drop["properties"]).toMatchObject({ "cart.updated": ["ip"], "product.viewed": ["ip", "sku"] });
    const definitions = await shopWith(pasted);
    expect(settingsSchema.safeParse(definitions.find(({ kind }) => kind === "settings")?.body).success).toBe(true);
    await publish(world.ports, definitions);
    expect(await idsIn(world)).not.toContain("unused-facts");
  });

  test("that takes in what a dropped name is a part of names the whole alone", async () => {
    const drop = {
      traits: ["address.street", "size"],
      properties: { "cart.updated": ["ip"], "product.viewed": ["ua.os"] },
    };
    const world = await MemoryWorld.open(await shopWith({ drop }));
    await world.post(identify(START, { traits: { address: { street: "1 Hill Road", city: "Lyon" } } }));
    await world.post(viewed({ ua: { os: "x", name: "y" } }));
    await world.settle();
    const { next } = await finding(world, "unused-facts");
    expect(parse(next[0]?.yaml ?? "")).toEqual({
      drop: { traits: ["size", "address"], properties: { "cart.updated": ["ip"], "product.viewed": ["ua"] } },
    });
  });

  test("names the events that nothing asks about", async () => {
    const { next } = await finding(await shopThatKnowsTooMuch(), "unused-facts");
    expect(next.map(({ words }) => words)).toContainEqual(
      expect.stringMatching(/^Nothing asks about product\.viewed at all/),
    );
  });

  test("is not what Relance itself wrote down, and there is none in an empty shop", async () => {
    expect(await idsIn(await MemoryWorld.open())).toEqual([]);
    const world = await MemoryWorld.open();
    await world.post(lead(START));
    await world.advanceTo(START + HOUR_MS);
    expect((await doctorView(world.ports)).sample).toEqual({ profiles: 1, events: 1 });
  });
});

describe("a dropped name that is in use", () => {
  const campaign = (steps: JsonObject[], rest: JsonObject): Definition => ({
    kind: "campaign",
    id: "sized",
    body: { campaign: "sized", title: "Sized", on: { event: "lead.created" }, ...rest, steps },
    file: "campaigns/sized.yaml",
    lines: {},
  });

  test("by runs of an earlier revision is a problem", async () => {
    const steps = [
      { id: "w", wait: "30 days" },
      { id: "b", branch: [{ when: { did: "size.told", where: { property: "size", gt: 1 } }, steps: [] }] },
    ];
    const world = await MemoryWorld.open(await shopWith({}, [campaign(steps, {})]));
    await publish(
      world.ports,
      await shopWith({ drop: { properties: { "size.told": ["size"] } } }, [campaign(steps.slice(0, 1), {})]),
    );
    expect(await finding(world, "dropped-in-use")).toMatchObject({
      level: "problem",
      says: expect.stringContaining("names size of size.told, but it serves a purpose (campaign sized)"),
    });
  });
});

describe("consent", () => {
  const says = (world: MemoryWorld) => world.post(identify(START, { traits: { consent: { marketing: "granted" } } }));

  test("that no form brings is advice as soon as somebody speaks of consent", async () => {
    const world = await MemoryWorld.open();
    await says(world);
    await world.settle();
    expect((await finding(world, "no-consent-form")).says).toContain("what shop says of consent is a system's word");
  });

  test("from a form is well; a form that nothing comes from is not", async () => {
    const formNamed = async (name: string) => {
      const world = await MemoryWorld.open(await shopWith({ consent: { forms: { [name]: {} } } }));
      await says(world);
      await world.settle();
      return (await idsIn(world)).filter((id) => id.includes("consent"));
    };
    expect(await formNamed("shop")).toEqual([]);
    expect(await formNamed("shop-form")).toEqual(["silent-consent-form"]);
  });

  test("of systems that are not believed is named", async () => {
    const believing = async (systems: string[]) => {
      const world = await MemoryWorld.open(await shopWith({ consent: { forms: { form: {} }, systems } }));
      await says(world);
      await world.settle();
      return world;
    };
    expect((await finding(await believing(["till"]), "unbelieved-consent")).says).toMatch(/^shop speaks of consent/);
    expect(await idsIn(await believing(["till", "shop"]))).not.toContain("unbelieved-consent");
  });

  test("that open tracking does without is advice, with where", async () => {
    const basis = { "open-tracking": { byCountry: { US: "legitimate-interest", FR: "consent" } } };
    const world = await MemoryWorld.open(await shopWith({ consent: { basis } }));
    expect((await finding(world, "open-tracking-without-consent")).says).toMatch(/ US\.$/);
  });
});

describe("people who did nothing for too long", () => {
  const later = async (retention: JsonObject) => {
    const world = await MemoryWorld.open(await shopWith({ retention }));
    await world.post(lead(START, "u-1"), lead(START, "u-2"));
    await world.settle();
    world.now = START + 400 * DAY_MS;
    await world.post(lead(world.now, "u-2"));
    await world.settle();
    return world;
  };

  test("are counted, unless they are erased every night", async () => {
    const { says, next } = await finding(await later({ after: "1 year" }), "retention-due");
    expect(says).toMatch(/^1 of 2 people did nothing themselves for 1 year/);
    expect(settingsSchema.shape.retention.safeParse(parse(next[1]?.yaml ?? "").retention).success).toBe(true);
    expect(await idsIn(await later({ after: "1 year", automatic: true }))).not.toContain("retention-due");
    expect(await idsIn(await later({}))).not.toContain("retention-due");
  });
});

describe("the mail provider", () => {
  test.each([
    ["sandbox", "provider-sandbox"],
    ["paused", "provider-paused"],
  ] as const)("%s is a problem, and comes first", async (state, id) => {
    const world = await MemoryWorld.open();
    world.mailer.state = state;
    await world.post(viewed({ sku: "x" }));
    await world.settle();
    expect(await idsIn(world)).toEqual([id, "unused-facts"]);
  });

  test("that fails in whatever way is a finding without its words, and the others are still said", async () => {
    const world = await MemoryWorld.open();
    world.ports.mailer.quota = () => Promise.reject(new TypeError("canary anna@example.com"));
    await world.post(viewed({ sku: "x" }));
    await world.settle();
    expect(await idsIn(world)).toEqual(["not-checked", "unused-facts"]);
    const { says } = await finding(world, "not-checked");
    expect(says).toBe('The check "mail provider" could not be made: something went wrong, and the log says where.');
  });

  test("that does not answer is a finding, and the others are still said", async () => {
    const world = await MemoryWorld.open();
    world.ports.mailer.quota = () => Promise.reject(new Unavailable("The mail provider"));
    await world.post(viewed({ sku: "x" }));
    await world.settle();
    expect(await idsIn(world)).toEqual(["not-checked", "unused-facts"]);
  });
});
