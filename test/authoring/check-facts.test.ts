// Guarantees of known facts in rules: a name nobody knows is a warning, a comparison that can never be true is an error.
import { describe, expect, test } from "vitest";
import { CAMPAIGN, compiledBefore, problemsIn } from "./a-folder.ts";

const FACTS = `traits:
  points: number
  vip: boolean
  trialEnds: date
events:
  cart.updated:
    cart_id: text
    amount: money
    gift: boolean
    items: list
    shipping: object
`;
const inFolder = (changes: Parameters<typeof problemsIn>[0]) =>
  problemsIn({ "facts.yaml": FACTS, ...changes }, compiledBefore);

/** The complaints about one condition as the rule of a segment; where it stands is tested elsewhere. */
const ofRule = async (rule: string) => {
  const problems = await inFolder({ "segments/rule.yaml": `segment: rule\ntitle: r\nwhere:\n  ${rule}\n` });
  return problems.map((problem) => problem.replace(/^marketing\/segments\/rule.yaml:4:\d+: /, ""));
};

/** The same for a condition on the event that triggers a campaign. */
const ofTrigger = async (condition: string) => {
  const on = `on:\n  event: cart.updated\n  where: ${condition}`;
  const problems = await inFolder({ "campaigns/hello.yaml": CAMPAIGN.replace("on:\n  event: lead.created", on) });
  return problems.map((problem) => problem.replace(/^marketing\/campaigns\/hello.yaml:5:\d+: /, ""));
};

describe("what is known raises no complaint", () => {
  test.each([
    "{ trait: points, gte: 10, lt: 100 }",
    "{ trait: vip, eq: true }",
    "{ trait: points, exists: true }",
    "{ trait: firstName, exists: false }",
    "{ trait: country, in: [FR, BE], startsWith: F }",
    "{ date: trialEnds, ahead: 3 days }",
    "{ anniversary: birthday }",
    "{ did: cart.updated, where: { property: shipping.country, eq: FR } }",
    '{ sum: cart.updated, of: amount, gte: "80 EUR" }',
    "{ did: cart.updated, where: { property: items, contains: lamp } }",
    "{ trait: anything, exists: true }",
  ])("%s", async (rule) => {
    const unknown = rule.includes("anything")
      ? [expect.stringContaining("warning: where.trait names the trait anything")]
      : [];
    expect(await ofRule(rule)).toEqual(unknown);
  });
});

describe("a name nobody knows is a warning that says what was probably meant", () => {
  test.each([
    [
      "{ did: cart.updatd }",
      "warning: where.did names the event cart.updatd, which is not known; did you mean cart.updated? Otherwise declare it in facts.yaml under events",
    ],
    [
      "{ anniversary: { first: order.shipped } }",
      "warning: where.anniversary.first names the event order.shipped, which is not known; mend the name, or declare it in facts.yaml under events",
    ],
    [
      "{ trait: pionts, gte: 5 }",
      "warning: where.trait names the trait pionts, which is not known; did you mean points? Otherwise declare it in facts.yaml under traits",
    ],
    [
      "{ date: trialEnd, ahead: 3 days }",
      "warning: where.date names the trait trialEnd, which is not known; did you mean trialEnds? Otherwise declare it in facts.yaml under traits",
    ],
    [
      "{ did: cart.updated, where: { property: cart, eq: x } }",
      "warning: where.where.property names the property cart, which cart.updated is not known to have; mend the name, or declare it in facts.yaml under events, cart.updated",
    ],
    [
      "{ sum: cart.updated, of: amuont, gte: 5 }",
      "warning: where.of names the property amuont, which cart.updated is not known to have; did you mean amount? Otherwise declare it in facts.yaml under events, cart.updated",
    ],
  ])("%s", async (rule, complaint) => {
    expect(await ofRule(rule)).toEqual([complaint]);
  });

  test("the event a campaign waits for, the property of its key, and values taken from nowhere", async () => {
    const steps = `steps:
  - id: until
    wait: { event: cart.updated, key: cart, timeout: 4 hours }
  - id: learn
    update: { points: { property: sorce }, name: { trait: firstNam } }
  - id: say-hello
    send: greeting
`;
    const campaign = `${CAMPAIGN.split("steps:")[0]}${steps}`.replace("lead.created", "lead.created\n  key: lead_id");
    expect(await inFolder({ "campaigns/hello.yaml": campaign })).toEqual([
      "marketing/campaigns/hello.yaml:5:3: warning: on.key names the property lead_id, which lead.created is not known to have; mend the name, or declare it in facts.yaml under events, lead.created",
      "marketing/campaigns/hello.yaml:9:34: warning: steps[0].wait.key names the property cart, which cart.updated is not known to have; mend the name, or declare it in facts.yaml under events, cart.updated",
      "marketing/campaigns/hello.yaml:11:25: warning: steps[1].update.points.property names the property sorce, which lead.created is not known to have; did you mean source? Otherwise declare it in facts.yaml under events, lead.created",
      "marketing/campaigns/hello.yaml:11:52: warning: steps[1].update.name.trait names the trait firstNam, which is not known; did you mean firstName? Otherwise declare it in facts.yaml under traits",
    ]);
  });

  test("what the folder's own steps tell is known", async () => {
    const teller = `campaign: teller\ntitle: t\non: { event: lead.created }\nsteps:\n  - { id: a, emit: lead.scored, properties: { score: 5 } }\n  - { id: b, update: { tier: gold } }\n`;
    const rule = (score: string) =>
      `segment: s\ntitle: s\nwhere: { all: [{ trait: tier, eq: gold }, { did: lead.scored, where: { property: score, gte: ${score} } }] }\n`;
    expect(await inFolder({ "campaigns/teller.yaml": teller, "segments/s.yaml": rule("3") })).toEqual([]);
    expect(await inFolder({ "campaigns/teller.yaml": teller, "segments/s.yaml": rule('"3 EUR"') })).toEqual([
      "marketing/segments/s.yaml:3:89: where.all[1].where.gte can never match: score is a plain number; write 3 without a currency",
    ]);
  });
});

describe("a comparison that no value of the known type meets is an error with the fix", () => {
  test.each([
    ["{ property: amount, gte: 80 }", 'amount is an amount of money; write the currency too: "80 EUR"'],
    ["{ property: amount, eq: lots }", 'amount is an amount of money; write an amount with its currency: "80 EUR"'],
    [
      "{ property: amount, contains: EUR }",
      'amount is an amount of money; compare it with gte, lt or between, for example gte: "80 EUR"',
    ],
    ['{ trait: points, gte: "80 EUR" }', "points is a plain number; write 80 without a currency"],
    ['{ trait: points, eq: "5" }', "points is a number; write 5 without quotes"],
    ["{ trait: points, eq: many }", 'points is a number, not "many"; write a number'],
    ["{ trait: points, contains: 5 }", "points is a number; compare it with eq, gte, lt or between"],
    ["{ property: cart_id, eq: 5 }", 'cart_id is a text; put it in quotes: "5"'],
    [
      "{ property: cart_id, gte: 5 }",
      "cart_id is a text and has no order; use eq, in, contains, startsWith or endsWith",
    ],
    ['{ property: gift, eq: "true" }', "gift is true or false; write true without quotes"],
    ["{ property: gift, gte: 1 }", "gift is true or false; compare it with eq"],
    ["{ property: items, eq: lamp }", "items is a list; ask for one of its values with contains"],
    ["{ property: shipping, eq: FR }", "shipping is a group of fields; name one of them with a dot"],
    [
      "{ trait: birthday, gte: 9 }",
      "birthday is a date; a trait is looked at with date: and before, after, within, olderThan or ahead",
    ],
  ])("%s", async (condition, complaint) => {
    const [first, ...more] = await ofTrigger(condition);
    expect(first).toMatch(/^on\.where\.\w+ can never match: /);
    expect(first?.replace(/^.*? can never match: /, "")).toBe(complaint);
    expect(more).toEqual([]);
  });

  test.each([
    [
      "{ sum: cart.updated, of: amount, gte: 500 }",
      'where.gte can never match: amount is an amount of money; write the currency too: "500 EUR"',
    ],
    [
      "{ max: cart.updated, of: cart_id, gte: 5 }",
      "where.of can never match: cart_id is known as text; name a property that holds a number or an amount",
    ],
    [
      "{ date: points, within: 3 days }",
      "where.date can never match: points is known as number, not as a date; name a trait that holds a date",
    ],
    [
      "{ anniversary: vip }",
      "where.anniversary can never match: vip is known as boolean, not as a date; name a trait that holds a date",
    ],
    [
      "{ date: country, ahead: 3 days }",
      "warning: where.date looks at country as a date, but it is known as a text; declare it as a date in facts.yaml",
    ],
  ])("%s", async (rule, complaint) => {
    expect(await ofRule(rule)).toEqual([complaint]);
  });

  test("two currencies of one value in one all", async () => {
    const both = '{ all: [{ property: amount, gte: "80 EUR" }, { property: amount, lt: "200 USD" }] }';
    expect(await ofTrigger(both)).toEqual([
      "on.where.all[1] can never be true: the property amount cannot be in EUR and in USD; put the currencies under any:",
    ]);
    expect(await ofTrigger(both.replace("all:", "any:"))).toEqual([]);
  });
});

test("a step that gives a trait of Relance's own a value it cannot read", async () => {
  const campaign = CAMPAIGN.replace(
    "  - id: say-hello",
    "  - { id: learn, update: { birthday: 5, points: 5 } }\n  - id: say-hello",
  );
  expect(await inFolder({ "campaigns/hello.yaml": campaign })).toEqual([
    'marketing/campaigns/hello.yaml:9:28: steps[1].update.birthday must be a text, since Relance itself reads birthday; put it in quotes: "5"',
  ]);
});

describe("facts.yaml", () => {
  test("may be missing", async () => {
    expect(await problemsIn({ "facts.yaml": undefined }, compiledBefore)).toEqual([]);
  });

  test("a type that is none, a name that is none, a field that is none", async () => {
    const facts = "traits:\n  points: integer\nevents:\n  Cart Updated: {}\nevnts: {}\n";
    expect(await inFolder({ "facts.yaml": facts })).toEqual([
      "marketing/facts.yaml:2:3: traits.points must be one of text, number, money, boolean, date, list, object, any",
      "marketing/facts.yaml:4:3: events.Cart Updated has a name that does not fit; write an event type such as cart.updated",
      "marketing/facts.yaml:5:1: evnts is not a known field; did you mean events?",
    ]);
  });

  test("cannot say otherwise than Relance itself", async () => {
    const facts = "traits: { birthday: number }\nevents: { purchase.completed: { amount: number, order_id: text } }\n";
    expect(await inFolder({ "facts.yaml": facts })).toEqual([
      "marketing/facts.yaml:1:11: traits.birthday is number here, but Relance knows it as date; write date, or take the line out",
      "marketing/facts.yaml:2:33: events.purchase.completed.amount is number here, but Relance knows it as money; write money, or take the line out",
    ]);
  });
});
