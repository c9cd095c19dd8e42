// Guarantees of reading tests: a mistake in a test file is told with its place and its fix, as any other is.
import { describe, expect, test } from "vitest";
import { readMarketing } from "../../shared/authoring/read-folder.ts";
import { aFolder, compiledBefore, problemsIn, TEMPLATE } from "./a-folder.ts";

const inTest = async (text: string, file = "campaigns/hello.test.yaml") => {
  const problems = await problemsIn({ [file]: text }, compiledBefore);
  return problems.map((problem) => problem.replace(`marketing/${file}:`, ""));
};
const GIVEN = "given: [{ at: 2026-03-02 10:00, event: lead.created }]";
const SOUND = `test: t\n${GIVEN}\nexpect: [{ sent: hello/say-hello }]\n`;

describe("tests", () => {
  test("stand anywhere, several in one file with --- between them", async () => {
    const files = { "a.test.yaml": SOUND, "tests/deep/b.test.yaml": `---\n${SOUND}---\n# none\n---\n${SOUND}` };
    const { tests, problems } = await readMarketing(await aFolder(files), { cache: compiledBefore, shownAs: "m" });
    expect(problems).toEqual([]);
    expect(tests.map(({ file, lines }) => `${file}:${lines["test"]}`)).toEqual([
      "m/a.test.yaml:1:1",
      "m/tests/deep/b.test.yaml:2:1",
      "m/tests/deep/b.test.yaml:8:1",
    ]);
  });

  test("without --- between them are told apart", async () => {
    expect(await inTest(SOUND + SOUND)).toEqual([
      "4:1: this field is written twice; keep one of them, or put a line --- between two tests",
      "5:1: this field is written twice; keep one of them, or put a line --- between two tests",
      "6:1: this field is written twice; keep one of them, or put a line --- between two tests",
    ]);
  });

  test("a broken one does not hide the others", async () => {
    const [first, ...more] = await inTest(`test: [\n---\n${SOUND.replace("sent", "snet")}`);
    expect(first).toMatch(/^2:1: /);
    expect(more).toEqual(["5:12: expect[0].snet is not a known field; did you mean sent?"]);
  });
});

test("a document of nothing but a mistake is not passed over", async () => {
  expect(await inTest(`${SOUND}---\n\t`)).toEqual([expect.stringMatching(/^\d:1: indent with spaces, not with tabs$/)]);
});

describe("a mistake is told with its place and its fix", () => {
  test.each([
    ["no sentence", `${GIVEN}\nexpect: [{ nothing: true }]\n`, ["1:1: test is missing; add test: ..."]],
    ["nothing expected", `test: t\n${GIVEN}\n`, ["1:1: expect is missing; add expect: [{ nothing: true }]"]],
    [
      "an empty list",
      `test: t\n${GIVEN}\nexpect: []\n`,
      ["3:1: expect must say something; nothing: true says that no mail leaves"],
    ],
    ["a mistyped field", SOUND.replace("given", "givn"), ["2:1: givn is not a known field; did you mean given?"]],
    [
      "a mistyped field of a line",
      SOUND.replace("event", "evnt"),
      ["2:33: given[0].evnt is not a known field; did you mean event?"],
    ],
    [
      "a time that is none",
      SOUND.replace("2026-03-02 10:00", "tomorrow"),
      ['2:11: given[0].at must be a time such as "2026-03-02 10:00", or "+4 hours" after the line above'],
    ],
    [
      "a day that does not exist",
      SOUND.replace("2026-03-02", "2026-02-30"),
      ["2:11: given[0].at names 2026-02-30, a day that does not exist; choose another one"],
    ],
    [
      "a duration that is none",
      SOUND.replace("2026-03-02 10:00", "+4 hrs"),
      ['2:11: given[0].at must be a duration such as "+4 hours" or "+3 days"'],
    ],
    [
      "nothing to count from",
      SOUND.replace("2026-03-02 10:00", "+4 hours"),
      ["2:11: given[0].at has no line above to count from; write a date and a time"],
    ],
    [
      "lines out of order",
      SOUND.replace("}]", "}, { at: 2026-03-01, event: lead.created }]"),
      ["2:58: given[1].at lies before the line above; write the lines in order"],
    ],
    [
      "a line where nothing happens",
      SOUND.replace(", event: lead.created", ""),
      ["2:9: given[0] says when but not what; add event: or traits:"],
    ],
    [
      "no beginning",
      "test: t\nexpect: [{ nothing: true }]\n",
      ["1:1: given or from is missing: say what happens, or with from: 2026-03-01 when to begin looking"],
    ],
    [
      "an end that is none",
      `${SOUND}until: later\n`,
      ['4:1: until must be a time such as "2026-04-01 10:00", or a duration such as "30 days"'],
    ],
    [
      "two things at once",
      SOUND.replace("sent:", "nothing: true, sent:"),
      [
        "3:10: expect[0] must say one thing: sent, refused, emitted, nothing, or the state at a time with in, notIn and traits",
      ],
    ],
    [
      "a state without time",
      SOUND.replace("sent: hello/say-hello", "in: [leads]"),
      ["3:10: expect[0] needs a time: add at:, since memberships and traits change"],
    ],
    [
      "a field that says nothing there",
      SOUND.replace("say-hello }", "say-hello, reason: x }"),
      ["3:35: expect[0].reason says nothing beside sent; take it out"],
    ],
    [
      "a campaign that does not exist",
      SOUND.replace("hello/", "helo/"),
      ["3:12: expect[0].sent names the campaign helo, which does not exist; did you mean hello?"],
    ],
    [
      "a mail that does not exist",
      SOUND.replace("say-hello", "say-helo"),
      ["3:12: expect[0].sent names the send hello/say-helo, which does not exist; did you mean hello/say-hello?"],
    ],
    [
      "a step that sends nothing",
      SOUND.replace("say-hello", "pause"),
      ["3:12: expect[0].sent names the send hello/pause, which does not exist; there are hello/say-hello"],
    ],
    [
      "a reason that is none",
      SOUND.replace("sent: hello/say-hello", "refused: hello/say-hello, reason: concent-unknown"),
      ["3:38: expect[0].reason names the reason concent-unknown, which does not exist; did you mean consent-unknown?"],
    ],
    [
      "a gate's reason for an entry",
      SOUND.replace("sent: hello/say-hello", "refused: hello, reason: suppressed"),
      [
        expect.stringMatching(
          /^3:28: expect\[0\]\.reason names the reason suppressed, which does not exist; there are audience, already-entered/,
        ),
      ],
    ],
    [
      "a segment that does not exist",
      SOUND.replace("sent: hello/say-hello", "at: 2026-03-03, in: [lead]"),
      ["3:33: expect[0].in[0] names the segment lead, which does not exist; did you mean leads?"],
    ],
    [
      "a split that does not exist",
      `${SOUND}splits: { which: a }\n`,
      ["4:11: splits.which names the split which, which does not exist; there are none"],
    ],
    [
      "a campaign beside the scope",
      `${SOUND}campaign: other\n`,
      [
        "3:12: expect[0].sent is of hello, but this test compares other only; add it to campaign:",
        "4:1: campaign names the campaign other, which does not exist; there are hello",
      ],
    ],
    [
      "an event nobody knows",
      SOUND.replace("lead.created", "lead.craeted"),
      [
        "2:33: warning: given[0].event is the event lead.craeted, which is not known; did you mean lead.created? Otherwise declare it in facts.yaml",
      ],
    ],
    [
      "a property and a trait nobody knows",
      SOUND.replace("lead.created", "lead.created, properties: { a: 1 }, traits: { b: 2, consent: {} }"),
      [
        "2:68: warning: given[0].properties.a is the property a, which is not known; mend the name, or declare it in facts.yaml",
        "2:86: warning: given[0].traits.b is the trait b, which is not known; mend the name, or declare it in facts.yaml",
      ],
    ],
  ])("%s", async (_, text, problems) => {
    expect(await inTest(text)).toEqual(problems);
  });

  test("an arm that does not exist", async () => {
    const split =
      "campaign: two\ntitle: t\non: { event: lead.created }\nsteps: [{ id: which, split: [{ arm: a, share: 1, steps: [] }, { arm: b, share: 1, steps: [] }] }]\n";
    const files = {
      "campaigns/two.yaml": split,
      "a.test.yaml": `${SOUND}splits: { which: c }\n`,
      "templates/greeting/template.yaml": TEMPLATE,
    };
    expect(await problemsIn(files, compiledBefore)).toEqual([
      "marketing/a.test.yaml:4:11: splits.which names the arm c, which does not exist; did you mean a?",
    ]);
  });
});
