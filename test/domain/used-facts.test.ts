// Guarantees of what counts as used: everything a rule, a step, a mail or Relance itself looks at, and nothing else.
import { describe, expect, test } from "vitest";
import { checkDefinitions } from "../../shared/domain/check-definitions.ts";
import { checkDrop } from "../../shared/domain/check-drop.ts";
import type { Definition, DefinitionKind } from "../../shared/domain/definition.ts";
import type { Json, JsonObject } from "../../shared/domain/json.ts";
import { usedFacts, userOf } from "../../shared/domain/used-facts.ts";
import { SETTINGS } from "../support/builders.ts";
import { smallShopDefinitions } from "../support/small-shop.ts";

const define = (kind: DefinitionKind, id: string, body: JsonObject): Definition => ({
  kind,
  id,
  body: { [kind]: id, ...body },
  file: `${kind}s/${id}.yaml`,
  lines: {},
});
const settings = (drop: Json = {}): Definition => ({
  ...define("settings", "settings", {}),
  body: { ...SETTINGS, drop },
});
const campaign = (body: JsonObject, id = "camp") => define("campaign", id, { title: id, steps: [], ...body });
const segment = (where: Json) => define("segment", "seg", { title: "seg", where });
const mail = (html: string, subject = "Hello") =>
  define("template", "mail", { locales: { en: { subject, html, text: "" } } });

const traitsIn = (...definitions: Definition[]) =>
  [...usedFacts(definitions).traits].filter(([, by]) => by !== "Relance").map(([name]) => name);
const propertiesIn = (type: string, ...definitions: Definition[]) => [
  ...(usedFacts(definitions).properties.get(type)?.keys() ?? []),
];

describe("a trait is used", () => {
  test.each<[string, Json]>([
    ["by a comparison", { trait: "points", gt: 3 }],
    ["however deep the condition", { all: [{ any: [{ not: { trait: "points", exists: true } }] }] }],
    ["as a date", { date: "points", ahead: "3 days" }],
    ["as an anniversary", { anniversary: "points" }],
  ])("%s", (_how, where) => {
    expect(traitsIn(segment(where))).toEqual(["points"]);
    expect(traitsIn(campaign({ on: { event: "lead.created" }, audience: where }))).toEqual(["points"]);
  });

  test("by steps that read it, wait for it or set it", () => {
    const steps = [
      { id: "a", wait: { date: "trialEnds" } },
      { id: "b", emit: "lead.scored", properties: { score: { trait: "points" } } },
      { id: "c", update: { stage: "warm", property: { trait: "plan" } } },
      { id: "d", branch: [{ when: { trait: "vip", eq: true }, steps: [{ id: "e", update: { seen: true } }] }] },
    ];
    const found = traitsIn(campaign({ on: { event: "lead.created" }, steps }));
    expect(found.toSorted()).toEqual(["plan", "points", "property", "seen", "stage", "trialEnds", "vip"]);
  });

  test("by a mail, as far as its name is written there", () => {
    const html =
      "{{ profile.firstName }} {% if profile.address.city %}x{% endif %} {{ event.sku }} {{ shop.name }} {{ unsubscribeUrl }}";
    expect(traitsIn(mail(html, "{{ profile.nickname | default: 'you' }}"))).toEqual([
      "nickname",
      "firstName",
      "address.city",
    ]);
  });

  test("whatever its name, by a mail that computes which one it prints", () => {
    const { traits } = usedFacts([mail("{% assign name = 'points' %}{{ profile[name] }}")]);
    expect(userOf(traits, "anything")).toBe("template mail");
  });

  test("when it is the birthday and a campaign waits for birthdays", () => {
    expect(traitsIn(campaign({ on: { event: "lead.created" } }))).toEqual([]);
    expect(traitsIn(campaign({ on: { event: "birthday.reached" } }))).toEqual(["birthday"]);
    expect(traitsIn(segment({ did: "birthday.reached", within: "30 days" }))).toEqual(["birthday"]);
  });
});

describe("a property is used", () => {
  const shown = { property: "plan", eq: "pro" };

  test("by conditions on the event that starts a campaign, and by its key", () => {
    const on = { event: "trial.started", where: shown, key: "trial_id" };
    const body = { on, audience: { property: "channel", eq: "app" }, exitWhen: { property: "ends", exists: true } };
    expect(propertiesIn("trial.started", campaign(body)).toSorted()).toEqual(["channel", "ends", "plan", "trial_id"]);
  });

  test("by a count, a sum, a first or last time of another event, not of the campaign's", () => {
    const where = {
      all: [
        { did: "cart.updated", where: { any: [shown, { property: "shipping.country", eq: "FR" }] } },
        { sum: "cart.updated", of: "points", gt: 3, where: { property: "gift", eq: true } },
        { last: "cart.updated", within: "30 days", where: { property: "sku", eq: "x" } },
      ],
    };
    const body = { on: { event: "trial.started" }, audience: where };
    const found = propertiesIn("cart.updated", campaign(body)).toSorted();
    expect(found).toEqual(["gift", "plan", "points", "shipping.country", "sku"]);
    expect(propertiesIn("trial.started", campaign(body))).toEqual([]);
  });

  test("by a wait for an event, a goal, a step that passes it on, and what is emitted", () => {
    const body = {
      on: { event: "cart.updated", key: "cart_id" },
      goal: { event: "quote.requested", where: { property: "urgent", eq: true } },
      steps: [
        { id: "w", wait: { event: "trial.started", key: "cart", where: shown, timeout: "1 hour" } },
        { id: "e", emit: "cart.lost", properties: { cart: { property: "cart_id" }, why: "time" } },
        { id: "u", update: { lastCart: { property: "sku" } } },
      ],
    };
    expect(propertiesIn("trial.started", campaign(body)).toSorted()).toEqual(["cart", "plan"]);
    expect(propertiesIn("quote.requested", campaign(body))).toEqual(["urgent"]);
    expect(propertiesIn("cart.updated", campaign(body)).toSorted()).toEqual(["cart_id", "sku"]);
    expect(propertiesIn("cart.lost", campaign(body)).toSorted()).toEqual(["cart", "why"]);
  });

  test("by a mail, of the events that start the campaigns which send it", () => {
    const sends = { on: { event: "cart.updated" }, steps: [{ id: "s", send: "mail" }] };
    const silent = campaign({ on: { event: "trial.started" } }, "silent");
    const definitions = [campaign(sends), silent, mail("{% for one in event.items %}{{ one.name }}{% endfor %}")];
    expect(propertiesIn("cart.updated", ...definitions)).toEqual(["items"]);
    expect(propertiesIn("trial.started", ...definitions)).toEqual([]);
  });
});

describe("nothing is used", () => {
  test("by an archived campaign", () => {
    const body = {
      status: "archived",
      on: { event: "cart.updated", key: "cart_id" },
      audience: { trait: "vip", eq: 1 },
    };
    expect(traitsIn(campaign(body))).toEqual([]);
    expect(propertiesIn("cart.updated", campaign(body))).toEqual([]);
  });

  test("by a value that a rule compares with", () => {
    expect(traitsIn(segment({ trait: "plan", in: ["points", "trait"] }))).toEqual(["plan"]);
  });
});

describe("dropping", () => {
  const problems = (drop: Json, ...definitions: Definition[]) =>
    checkDrop([settings(drop), ...definitions]).map(({ path, message }) => `${path} ${message}`);

  test.each(["email", "consent", "locale", "timezone", "country", "consent.marketing"])("%s is refused", (name) => {
    expect(problems({ traits: ["shoeSize", name] })).toEqual([
      expect.stringMatching(`^drop\\.traits\\[1\\] names ${name.replace(".", "\\.")}, which Relance needs: `),
    ]);
  });

  test("what a rule or a mail uses is refused, and says which", () => {
    const uses = [segment({ trait: "points", gt: 3 }), mail("{{ profile.address.city }}")];
    expect(problems({ traits: ["points", "address", "address.city", "address.street"] }, ...uses)).toEqual([
      "drop.traits[0] names points, but it serves a purpose (segment seg); take it off the list, or change what uses it first",
      expect.stringContaining("drop.traits[1] names address, but it serves a purpose (template mail)"),
      expect.stringContaining("drop.traits[2] names address.city, "),
    ]);
  });

  test("properties are judged event by event; what Relance tells itself cannot be dropped", () => {
    const uses = campaign({ on: { event: "cart.updated", key: "cart_id" } });
    const drop = {
      properties: { "cart.updated": ["cart_id"], "trial.started": ["cart_id"], "birthday.reached": ["age"] },
    };
    expect(problems(drop, uses)).toEqual([
      expect.stringContaining("drop.properties.cart.updated[0] names cart_id of cart.updated, "),
      expect.stringContaining("drop.properties.birthday.reached names birthday.reached, which Relance makes itself"),
    ]);
  });

  test("what orders came to is a report's; their parts may go, since the amount is computed before", () => {
    const drop = { properties: { "purchase.completed": ["total", "currency", "products", "amount"] } };
    expect(problems(drop)).toEqual([expect.stringContaining("drop.properties.purchase.completed[3] names amount")]);
  });

  test("is refused to machines, too, at its place in the file", async () => {
    const shop = (await smallShopDefinitions()).map((definition) =>
      definition.kind === "settings"
        ? {
            ...definition,
            body: { ...definition.body, drop: { traits: ["consent"] } },
            lines: { ...definition.lines, "drop.traits[0]": "40:12" },
          }
        : definition,
    );
    expect(checkDefinitions(shop)).toEqual([
      expect.objectContaining({
        kind: "settings",
        code: "needed",
        place: expect.stringMatching(/relance\.yaml:40:12$/),
      }),
    ]);
  });

  test("in a whole shop names the mail that prints it", async () => {
    const shop = (await smallShopDefinitions()).map((definition) =>
      definition.kind === "settings"
        ? { ...definition, body: { ...definition.body, drop: { traits: ["shoeSize", "firstName"] } } }
        : definition,
    );
    expect(checkDrop(shop)).toEqual([
      expect.objectContaining({ path: "drop.traits[1]", message: expect.stringMatching(/\(template [a-z-]+\)/) }),
    ]);
  });
});
