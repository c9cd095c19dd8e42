// Guarantees of journeys: branches, splits, updates, emitted events, exits.
import { describe, expect, test } from "vitest";
import { HOUR_MS } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import {
  aCatalogue,
  aLead,
  aLife,
  anEvent,
  anIdentify,
  aPurchase,
  aReachable,
  days,
  derivedOf,
  judgementsOf,
  NOW,
  sendsOf,
} from "../support/builders.ts";
import { endsOf, journey, living, mailsOf, send } from "../support/journeys.ts";

describe("a branch", () => {
  const steps = [
    {
      id: "ask",
      branch: [
        { when: { trait: "country", eq: "FR" }, steps: [send("french")] },
        {
          when: { property: "from", eq: "fair" },
          steps: [send("fair"), { id: "rest", wait: "1 day" }, send("after-fair")],
        },
        { when: { trait: "vip", eq: true }, steps: [] },
      ],
      otherwise: [send("others")],
    },
    send("all"),
  ];

  test.each([
    ["the first way that is true", { country: "FR", vip: true }, { from: "fair" }, ["french", "all"]],
    ["the next one, with steps of its own", {}, { from: "fair" }, ["fair", "after-fair", "all"]],
    ["a way of no steps", { vip: true, country: "BE" }, {}, ["all"]],
    ["otherwise, also when all is unknown", {}, {}, ["others", "all"]],
  ])("takes %s", (...[_what, traits, properties, mails]) => {
    const life = living(journey(steps));
    life.arrive(NOW, [anIdentify(traits), anEvent("lead.created", properties)]);
    life.passUntil(NOW + days(2));
    expect(mailsOf(life)).toEqual(mails);
    expect(endsOf(life)).toEqual(["completed"]);
  });

  test("asks when the run comes to it, and counts since the entry", () => {
    const bought = { did: "purchase.completed", since: "entry" };
    const life = living(
      journey([
        { id: "rest", wait: "1 day" },
        { id: "ask", branch: [{ when: bought, steps: [send("thanks")] }], otherwise: [send("hint")] },
      ]),
    );
    life.arrive(NOW - 1, [aPurchase("9 EUR", { occurredAt: NOW - 1 })]);
    life.arrive(NOW, [aLead()]);
    life.passUntil(NOW + days(2));
    expect(mailsOf(life)).toEqual(["hint"]);
  });
});

describe("a split", () => {
  const steps = [
    {
      id: "ab",
      split: [
        { arm: "a", share: 30, steps: [send("short")] },
        { arm: "b", share: 70, steps: [send("long")] },
      ],
    },
  ];
  const armOf = (id: string, more: JsonObject = {}) => {
    const life = aLife(aCatalogue({ campaigns: [journey(steps, { reentry: "always", ...more })] }), {
      ...aReachable(),
      id,
    });
    for (const n of [0, 1]) life.arrive(NOW + n, [aLead({ occurredAt: NOW + n })]);
    return sendsOf(life.effects).map(({ step, splits }) => [step, splits?.["ab"]]);
  };

  test("is the same for one person at every entry, and shares the people by weight", () => {
    const arms = Array.from({ length: 2_000 }, (_, n) => armOf(`p${n}`));
    for (const [first, second] of arms) expect(first).toEqual(second);
    const short = arms.filter(([first]) => first?.[0] === "short");
    expect(short.length).toBeGreaterThan(2_000 * 0.27);
    expect(short.length).toBeLessThan(2_000 * 0.33);
    for (const [first] of short) expect(first).toEqual(["short", "a"]);
  });

  test("of another campaign shares them anew", () => {
    const both = Array.from({ length: 400 }, (_, n) => [armOf(`p${n}`), armOf(`p${n}`, { campaign: "d" })]);
    const alike = both.filter(([one, other]) => one?.[0]?.[1] === other?.[0]?.[1]);
    expect(alike.length).toBeGreaterThan(400 * 0.45);
    expect(alike.length).toBeLessThan(400 * 0.72);
  });
});

describe("an update step", () => {
  test("sets traits to values, properties of the cause and other traits, for the steps behind it and for segments", () => {
    const update = {
      tier: "gold",
      score: 3,
      shop: { property: "shop" },
      name: { trait: "firstName" },
      none: { trait: "unknown" },
    };
    const catalogue = aCatalogue({
      segments: { gold: { trait: "tier", eq: "gold" } },
      campaigns: [
        journey([
          { id: "set", update },
          { id: "ask", branch: [{ when: { trait: "tier", eq: "gold" }, steps: [send("gold")] }] },
        ]),
        { campaign: "welcome-gold", on: { entered: "gold" } },
      ],
    });
    const life = aLife(catalogue, aReachable(NOW));
    life.arrive(NOW, [anIdentify({ firstName: "Zoé" }), anEvent("lead.created", { shop: "Lyon" })]);
    const values = Object.fromEntries(Object.entries(life.profile().traits).map(([name, { value }]) => [name, value]));
    expect(values).toMatchObject({ tier: "gold", score: 3, shop: "Lyon", name: "Zoé" });
    expect(values).not.toHaveProperty("none");
    expect(mailsOf(life)).toEqual(["gold", "say"]);
    expect(life.profile().memberships).toEqual({ gold: NOW });
  });

  test("is the last word of its instant, whoever spoke then, and of two steps the later one", () => {
    for (const source of ["a-shop", "shop", "zeta"]) {
      for (const [first, second] of [
        ["a", "b"],
        ["b", "a"],
      ] as const) {
        const life = living(
          journey(
            [
              { id: first, update: { stage: 1 } },
              { id: second, update: { stage: 2 } },
            ],
            { on: { event: "lead.created" } },
          ),
        );
        life.arrive(NOW, [anIdentify({ stage: 0 }, { source }), aLead()]);
        expect(life.profile().traits["stage"]?.value).toBe(2);
      }
    }
  });

  test("is a fact like any other: a later word of the person wins", () => {
    const life = living(
      journey([
        { id: "rest", wait: "1 day" },
        { id: "set", update: { tier: "gold" } },
      ]),
    );
    life.arrive(NOW, [aLead()]);
    life.arrive(NOW + days(2), [anIdentify({ tier: "iron" }, { occurredAt: NOW + days(2) })]);
    expect(life.profile().traits["tier"]?.value).toBe("iron");
  });
});

describe("an emitted event", () => {
  test("is told with its properties, counts, and may start other campaigns", () => {
    const emit = { id: "tell", emit: "sales.handover", properties: { why: "quiet", shop: { property: "shop" } } };
    const life = living(journey([emit]), {
      campaign: "d",
      on: { event: "sales.handover" },
      steps: [send("handed-over")],
    });
    life.arrive(NOW, [anEvent("lead.created", { shop: "Lyon" })]);
    expect(derivedOf(life.effects)).toMatchObject([
      { type: "sales.handover", source: "relance", hops: 1, properties: { why: "quiet", shop: "Lyon" } },
    ]);
    expect(mailsOf(life)).toEqual(["handed-over"]);
    expect(life.profile().activity["sales.handover"]?.count).toBe(1);
  });

  test("reaches runs that wait for it already, at once", () => {
    const waits = { id: "rest", wait: { event: "trial.ready", timeout: "5 days" } };
    const life = living(
      { campaign: "onboarding", on: { event: "account.created" }, steps: [waits, send("ready")] },
      journey([
        { id: "tell", emit: "trial.ready" },
        { id: "set", update: { stage: "won" } },
      ]),
      {
        campaign: "chase",
        on: { event: "account.created" },
        exitWhen: { trait: "stage", eq: "won" },
        steps: [{ id: "rest", wait: "1 day" }, send("chase")],
      },
    );
    life.arrive(NOW, [anEvent("account.created")]);
    life.arrive(NOW + HOUR_MS, [aLead({ occurredAt: NOW + HOUR_MS })]);
    expect(mailsOf(life)).toEqual(["ready"]);
    life.passUntil(NOW + days(9));
    expect(mailsOf(life)).toEqual(["ready"]);
    expect(endsOf(life).toSorted()).toEqual(["completed", "completed", "exit-condition"]);
  });

  test("that leads back to itself starts nothing more, with a reason", () => {
    const ping = {
      campaign: "ping",
      reentry: "always",
      on: { event: "a.ping" },
      steps: [{ id: "x", emit: "a.pong" }, send("ping")],
    };
    const pong = {
      campaign: "pong",
      reentry: "always",
      on: { event: "a.pong" },
      steps: [{ id: "x", emit: "a.ping" }, send("pong")],
    };
    const life = living(ping, pong);
    life.arrive(NOW, [anEvent("a.ping")]);
    expect(derivedOf(life.effects).map(({ type }) => type)).toEqual(["a.pong", "a.ping"]);
    expect(mailsOf(life)).toEqual(["ping", "pong"]);
    expect(judgementsOf(life.effects).at(-1)).toEqual({ campaign: "ping", outcome: "not-entered", reason: "loop" });
    const wide = Array.from({ length: 6 }, (_, n) => ({
      ...ping,
      campaign: `c${n}`,
      steps: [{ id: "x", emit: "a.ping" }],
    }));
    const many = living(...wide);
    many.arrive(NOW, [anEvent("a.ping")]);
    many.passUntil(NOW);
    expect(derivedOf(many.effects)).toHaveLength(6);
  });

  test("is told however many there are: fifty steps in a row, and thirty campaigns at once", () => {
    const steps = Array.from({ length: 50 }, (_, n) => ({
      id: `s${n}`,
      ...(n % 2 ? { update: { n } } : { emit: "step.passed" }),
    }));
    const life = living(
      journey(steps),
      ...Array.from({ length: 30 }, (_, n) => ({ ...journey([{ id: "x", emit: "lead.seen" }]), campaign: `c${n}` })),
    );
    life.arrive(NOW, [aLead()]);
    life.passUntil(NOW);
    expect(derivedOf(life.effects)).toHaveLength(80);
    expect(endsOf(life)).toEqual(Array.from({ length: 31 }, () => "completed"));
  });
});

test("campaigns that chase somebody in and out of a segment end too", () => {
  const turn = (value: number) => [
    { id: "x", wait: "1 minute" },
    { id: "y", update: { x: value } },
  ];
  const catalogue = aCatalogue({
    segments: { on: { trait: "x", eq: 1 } },
    campaigns: [
      { campaign: "off", on: { entered: "on" }, steps: turn(0) },
      { campaign: "on", on: { left: "on" }, steps: turn(1) },
    ],
  });
  const life = aLife(catalogue, aReachable(NOW));
  life.arrive(NOW, [anIdentify({ x: 1 })]);
  life.passUntil(NOW + days(1));
  expect(derivedOf(life.effects).length).toBeLessThan(10);
  expect(judgementsOf(life.effects).at(-1)).toMatchObject({ outcome: "not-entered", reason: "loop" });
});

test("an exit step ends the run with its reason", () => {
  const life = living(
    journey([
      { id: "ask", branch: [{ when: { trait: "vip", eq: true }, steps: [{ id: "out", exit: "has-everything" }] }] },
      send("hint"),
    ]),
  );
  life.arrive(NOW, [anIdentify({ vip: true }), aLead()]);
  expect(mailsOf(life)).toEqual([]);
  expect(endsOf(life)).toEqual(["exit:has-everything"]);
});
