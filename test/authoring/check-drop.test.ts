// Guarantees of what validate says about names that are dropped at the door: the place in relance.yaml, who uses it, the fix.
import { expect, test } from "vitest";
import { CAMPAIGN, compiledBefore, problemsIn, SETTINGS } from "./a-folder.ts";

const dropping = (lines: string) => ({ "relance.yaml": `${SETTINGS}drop:\n${lines}` });

test("a name that nothing uses may be dropped", async () => {
  expect(await problemsIn(dropping("  traits: [shoeSize]\n"), compiledBefore)).toEqual([]);
});

test("a trait that a segment uses, and one that Relance needs, are errors where they stand", async () => {
  const folder = {
    ...dropping("  traits:\n    - shoeSize\n    - points\n    - consent\n"),
    "facts.yaml": "traits: { points: number }\n",
    "segments/rich.yaml": "segment: rich\ntitle: Rich\nwhere: { trait: points, gt: 3 }\n",
  };
  expect(await problemsIn(folder, compiledBefore)).toEqual([
    "marketing/relance.yaml:13:7: drop.traits[1] names points, but it serves a purpose (segment rich); take it off the list, or change what uses it first",
    "marketing/relance.yaml:14:7: drop.traits[2] names consent, which Relance needs: it says who may be written to; take it off the list",
  ]);
});

test("a property is used by the campaign whose event it is, and by the mails it sends", async () => {
  const folder = {
    ...dropping("  properties:\n    lead.created: [source, note, page]\n    cart.updated: [source]\n"),
    "facts.yaml": "events: { lead.created: { page: text } }\n",
    "campaigns/hello.yaml": CAMPAIGN.replace("event: lead.created", "event: lead.created\n  key: source"),
  };
  const mail = {
    get: async () => ({ html: "{{ event.page | default: '' }} {{ unsubscribeUrl }}", text: "{{ unsubscribeUrl }}" }),
    put: async () => {},
  };
  const problems = await problemsIn(folder, mail);
  expect(problems.filter((problem) => problem.includes("drop."))).toEqual([
    expect.stringMatching(/^marketing\/relance\.yaml:12:20: .*\(campaign hello\)/),
    expect.stringMatching(/^marketing\/relance\.yaml:12:34: .*\(template greeting\)/),
  ]);
});
