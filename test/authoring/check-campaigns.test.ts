// Guarantees of what campaigns refer to: segments, templates and keys anywhere in them, and circles of events.
import { describe, expect, test } from "vitest";
import { CAMPAIGN, compiledBefore, problemsIn } from "./a-folder.ts";

const inFolder = (changes: Parameters<typeof problemsIn>[0]) => problemsIn(changes, compiledBefore);
const inCampaign = async (text: string) => {
  const problems = await inFolder({ "campaigns/other.yaml": text });
  return problems.map((problem) => problem.replace("marketing/campaigns/other.yaml:", ""));
};

describe("segments", () => {
  test.each(["entered", "left"])("a campaign on %s a segment that does not exist", async (change) => {
    expect(
      await inCampaign(`campaign: other\ntitle: o\non: { ${change}: lead }\nsteps: [{ id: a, send: greeting }]\n`),
    ).toEqual([`3:7: on.${change} names the segment lead, which does not exist; did you mean leads?`]);
  });

  test("a broadcast to a segment that does not exist, and conditions deep inside", async () => {
    const text = `campaign: other
title: o
on: { schedule: { daily: "09:00" }, segment: nowhere }
exitWhen: { inSegment: gone }
goal: { when: { not: { inSegment: lost } } }
steps:
  - id: a
    branch:
      - when: { inSegment: leads }
        steps:
          - id: b
            split:
              - { arm: x, share: 1, steps: [{ id: c, branch: [{ when: { all: [{ inSegment: hidden }] }, steps: [] }] }] }
              - { arm: y, share: 1, steps: [] }
`;
    expect(await inCampaign(text)).toEqual([
      "3:37: on.segment names the segment nowhere, which does not exist; write it in segments/nowhere.yaml",
      "4:13: exitWhen.inSegment names the segment gone, which does not exist; write it in segments/gone.yaml",
      "5:24: goal.when.not.inSegment names the segment lost, which does not exist; write it in segments/lost.yaml",
      "13:81: steps[0].branch[0].steps[0].split[0].steps[0].branch[0].when.all[0].inSegment names the segment hidden, which does not exist; write it in segments/hidden.yaml",
    ]);
  });
});

test("a template that does not exist, in every way of a branch and a split", async () => {
  const text = `campaign: other
title: o
on: { event: lead.created }
steps:
  - id: a
    branch: [{ when: { inSegment: leads }, steps: [{ id: b, send: greting }] }]
    otherwise: [{ id: c, send: nope-at-all }]
  - id: d
    split:
      - { arm: x, share: 1, steps: [{ id: e, send: greetings }] }
      - { arm: y, share: 1, steps: [{ id: f, send: greeting }] }
`;
  expect(await inCampaign(text)).toEqual([
    "6:61: steps[0].branch[0].steps[0].send names the template greting, which does not exist; did you mean greeting?",
    "7:26: steps[0].otherwise[0].send names the template nope-at-all, which does not exist; write it in templates/nope-at-all/template.yaml",
    "10:46: steps[1].split[0].steps[0].send names the template greetings, which does not exist; did you mean greeting?",
  ]);
});

test("a wait with a key where the trigger has none", async () => {
  const text = (key: string) => `campaign: other
title: o
on: { event: purchase.completed${key} }
steps:
  - { id: a, wait: { event: purchase.completed, key: order_id, timeout: 3 days } }
`;
  expect(await inCampaign(text(""))).toEqual([
    "5:49: steps[0].wait.key has nothing to compare with: give the campaign a key, on: { event: ..., key: ... }",
  ]);
  expect(await inCampaign(text(", key: order_id"))).toEqual([]);
});

describe("campaigns in a circle", () => {
  const campaign = (id: string, event: string, step: string) =>
    `campaign: ${id}\ntitle: ${id}\non: { event: ${event} }\nsteps:\n  - { id: a, ${step} }\n`;

  test("one that sets itself off", async () => {
    expect(await inCampaign(campaign("other", "lead.scored", "emit: lead.scored"))).toEqual([
      "5:14: warning: steps[0].emit goes round in a circle: other → lead.scored → other; emit another event, or narrow the trigger with on.where",
    ]);
  });

  test("through others, named once", async () => {
    const files = {
      "campaigns/a.yaml": campaign("a", "c.done", "emit: a.done"),
      "campaigns/b.yaml": campaign("b", "a.done", "emit: b.done"),
      "campaigns/c.yaml": campaign("c", "b.done", "emit: c.done"),
    };
    expect(await inFolder(files)).toEqual([
      "marketing/campaigns/a.yaml:5:14: warning: steps[0].emit goes round in a circle: a → a.done → b → b.done → c → c.done → a; emit another event, or narrow the trigger with on.where",
    ]);
  });

  test("an update is heard too", async () => {
    expect(await inCampaign(campaign("other", "profile.identified", "update: { vip: true }"))).toEqual([
      "5:14: warning: steps[0].update goes round in a circle: other → profile.identified → other; emit another event, or narrow the trigger with on.where",
    ]);
  });

  test("a chain that ends is none", async () => {
    const files = {
      "campaigns/a.yaml": campaign("a", "lead.created", "emit: a.done"),
      "campaigns/b.yaml": campaign("b", "a.done", "emit: b.done"),
    };
    expect(await inFolder(files)).toEqual([]);
  });
});

test("two campaigns of one id", async () => {
  expect(await inFolder({ "campaigns/twin.yaml": CAMPAIGN })).toEqual([
    "marketing/campaigns/twin.yaml:1:1: campaign is hello, which campaigns/hello.yaml is already; give this one another id",
  ]);
});
