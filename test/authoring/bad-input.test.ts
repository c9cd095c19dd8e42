// Guarantees of bad input: whatever is wrong in a folder has an answer with file, line, column, what is wrong and how to mend it.
import { describe, expect, test } from "vitest";
import { plainly } from "../../shared/authoring/plain-problem.ts";
import { readMarketing } from "../../shared/authoring/read-folder.ts";
import { errorsIn } from "../../shared/authoring/source-problem.ts";
import { aFolder, CAMPAIGN, compiledBefore, problemsIn, SETTINGS } from "./a-folder.ts";

const inFolder = (changes: Parameters<typeof problemsIn>[0]) => problemsIn(changes, compiledBefore);
const steps = (text: string) => `campaign: hello\ntitle: Hello\non: { event: lead.created }\nsteps:\n${text}\n`;
describe("a campaign", () => {
  const withField = async (field: string) => {
    const problems = await inFolder({ "campaigns/hello.yaml": `${CAMPAIGN}${field}\n` });
    return problems.map((problem) => problem.replace("marketing/campaigns/hello.yaml:", ""));
  };

  test.each([
    ["quietHours", 'quietHours: { marketing: { from: "21:00", to: "08:00" } }'],
    ["frequencyCap", "frequencyCap: { marketing: { max: 3, within: 7 days } }"],
  ])("does not set %s, and is told where that is set", async (field, written) => {
    expect(await withField(written)).toEqual([
      `11:1: ${field} is not a field of a campaign: it is set in relance.yaml, once for all campaigns; move it there`,
    ]);
  });

  test("that holds everybody out is sound, and warned of", async () => {
    expect(await withField("holdout: 100")).toEqual([
      "11:1: warning: holdout holds everybody out: nobody gets a mail of this campaign, and there is nothing to compare with; choose less, such as 10",
    ]);
    expect(await withField("holdout: 99")).toEqual([]);
  });
});

const inSteps = async (text: string) => {
  const problems = await inFolder({ "campaigns/hello.yaml": steps(text) });
  return problems.map((problem) => problem.replace("marketing/campaigns/hello.yaml:", ""));
};
const inSettings = async (from: string, to: string) => {
  const problems = await inFolder({ "relance.yaml": SETTINGS.replace(from, to) });
  return problems.map((problem) => problem.replace("marketing/relance.yaml:", ""));
};
const where = async (condition: string) => {
  const problems = await inFolder({ "segments/leads.yaml": `segment: leads\ntitle: Leads\nwhere:\n  ${condition}\n` });
  return problems.map((problem) => problem.replace("marketing/segments/leads.yaml:", ""));
};

describe("files", () => {
  test("broken YAML", async () => {
    expect(
      await inFolder({ "segments/leads.yaml": "segment: leads\nwhere: { did: lead.created\ntitle: Leads\n" }),
    ).toEqual(["marketing/segments/leads.yaml:3:1: the line above opens a { or [ that is not closed"]);
  });

  test("stray files and folders are told, as warnings", async () => {
    const files = {
      "segments/leads.txt": "x",
      "templates/greeting/fr.html": "x",
      NOTES: "fine",
      "campaigns/README.md": "fine",
    };
    expect(await inFolder(files)).toEqual([
      "marketing/segments/leads.txt:1:1: warning: is not read by Relance; move it out of the folder, or name it .md when it is a note",
      "marketing/templates/greeting/fr.html:1:1: warning: is not read by Relance; move it out of the folder, or name it .md when it is a note",
    ]);
    expect(await inFolder({ "campaings/.keep": "" })).toEqual([
      "marketing/campaings:1:1: warning: is a folder that Relance does not read; did you mean campaigns?",
    ]);
    expect(await inFolder({ "campaings/hello.yaml": CAMPAIGN })).toEqual([
      expect.stringMatching(
        /^marketing\/campaings\/hello\.yaml:1:1: is not read here: .*; did you mean campaigns\/hello\.yaml\?$/,
      ),
    ]);
  });
});

describe("settings", () => {
  test.each([
    [
      "a time that is a number",
      "locales:",
      "birthday: { at: 9 }\nlocales:",
      '6:13: birthday.at must be a text, not the number 9; a time is written "09:00"',
    ],
    [
      "an address that runs a program",
      "https://shop.example",
      "javascript:alert(1)",
      "4:3: shop.url must be a web address that begins with https://, for example https://shop.example",
    ],
    [
      "an address of another kind",
      "https://shop.example",
      "ftp://shop.example",
      "4:3: shop.url must be a web address that begins with https://, for example https://shop.example",
    ],
    [
      "an address that is none",
      "https://shop.example",
      "shop",
      "4:3: shop.url must be a web address such as https://shop.example",
    ],
    ["an empty name", "name: Test Shop", 'name: ""', "2:3: shop.name must not be empty"],
    [
      "a name that is a number",
      "name: Test Shop",
      "name: 1984",
      '2:3: shop.name must be a text; put it in quotes: "1984"',
    ],
    [
      "a zone that does not exist",
      "Europe/Paris",
      "Europe/Pari",
      "7:13: timezone.default must be an IANA time zone such as Europe/Paris; did you mean Europe/Paris?",
    ],
    [
      "a country that is none",
      "default: Europe/Paris",
      "default: Europe/Paris, byCountry: { France: Europe/Paris }",
      "7:49: timezone.byCountry.France has a name that does not fit; write two capital letters such as FR",
    ],
    [
      "a country by its name in a lawful basis",
      "frequencyCap:",
      "consent: { basis: { marketing: { byCountry: { Switzerland: legitimate-interest } } } }\nfrequencyCap:",
      "8:47: consent.basis.marketing.byCountry.Switzerland has a name that does not fit; write two capital letters such as FR",
    ],
    [
      "a text for a number",
      "max: 3",
      'max: "3"',
      "9:16: frequencyCap.marketing.max must be a number; write 3 without quotes",
    ],
    ["a number too small", "max: 3", "max: 0", "9:16: frequencyCap.marketing.max must be 1 or more"],
    [
      "a text for a list",
      "[fr, en]",
      "fr",
      "6:25: locales.supported must be a list: one entry a line with a dash, or [a, b]",
    ],
    [
      "a list for a map",
      "{ default: Europe/Paris }",
      "[a]",
      "7:1: timezone must be a map of fields, each with a name and a value",
    ],
    [
      "a setting inside another, almost right",
      "frequencyCap:",
      'quietHours: { markting: { from: "21:00", to: "08:00" } }\nfrequencyCap:',
      "8:15: quietHours.markting is not a known field; did you mean marketing?",
    ],
    [
      "quiet hours of no length",
      "frequencyCap:",
      'quietHours: { marketing: { from: "21:00", to: "21:00" } }\nfrequencyCap:',
      "8:43: quietHours.marketing.to must differ from the time in from",
    ],
    [
      "a holdout of everybody",
      "frequencyCap:",
      "holdout: 100\nfrequencyCap:",
      "8:1: warning: holdout holds everybody out: nobody gets any marketing, and there is nothing to compare with; choose less, such as 10",
    ],
  ])("%s", async (...[, from, to, problem]) => {
    expect(await inSettings(from, to)).toEqual([problem]);
  });
});

describe("steps", () => {
  test.each([
    ["a mistyped step", "  - { id: a, sned: greeting }", /^5:\d+: .*did you mean send\?/],
    ["two steps in one", "  - { id: a, send: greeting, wait: 3 days }", /^5:5: .*send and wait at once/],
    ["no step at all", "  - { id: a }", /^5:5: .*a step has an id and exactly one of send, wait/],
    [
      "a wait without end",
      "  - { id: a, wait: { event: lead.created } }",
      /^5:\d+: steps\[0\]\.wait\.timeout is missing; add timeout: 3 days$/,
    ],
    [
      "a mistyped wait",
      '  - { id: a, wait: { util: "09:00" } }',
      /^5:\d+: steps\[0\]\.wait\.util is not a known field; did you mean until\?$/,
    ],
    [
      "a step behind the end",
      "  - { id: a, exit: done }\n  - { id: b, send: greeting }",
      /^6:5: steps\[1\] is never reached/,
    ],
    [
      "an id used twice",
      "  - { id: a, wait: 3 days }\n  - { id: a, send: greeting }",
      /^6:7: steps\[1\]\.id is used twice/,
    ],
  ])("%s", async (_, text, problem) => {
    const [first, ...more] = await inSteps(text);
    expect(first).toMatch(problem);
    expect(more).toEqual([]);
  });
});

describe("schedules", () => {
  const on = async (schedule: string) => {
    const problems = await inFolder({
      "campaigns/hello.yaml": CAMPAIGN.replace("event: lead.created", `schedule: ${schedule}`),
    });
    return problems.map((problem) => problem.replace("marketing/campaigns/hello.yaml:", ""));
  };
  test.each([
    [
      '{ once: "2027-02-29 09:00" }',
      "4:15: on.schedule.once names 2027-02-29, a day that does not exist; choose another one",
    ],
    ["{ daily: 9 }", '4:15: on.schedule.daily must be a text, not the number 9; a time is written "09:00"'],
    [
      '{ daily: "09:00", zone: Europe/Berln }',
      "4:31: on.schedule.zone must be an IANA time zone such as Europe/Paris; did you mean Europe/Berlin?",
    ],
    ['{ monthly: "09:00", on: 32 }', "4:33: on.schedule.on must be at most 31"],
    ['{ weekly: "09:00", on: [mondy] }', "4:37: on.schedule.on[0] must be a day such as monday"],
  ])("%s", async (schedule, problem) => {
    expect(await on(schedule)).toEqual([problem]);
  });

  test("29 February is a day of leap years", async () => {
    expect(await on('{ once: "2028-02-29 09:00" }')).toEqual([]);
  });
});

describe("conditions", () => {
  test.each([
    ["a window that cannot be", "{ did: lead.created, within: 0 days }", /^4:24: where\.within must be a duration/],
    ["a window too long", "{ did: lead.created, within: 9000 days }", /^4:24: where\.within must be at most/],
    [
      "a moment that never is",
      "{ last: lead.created, within: 3 days, olderThan: 5 days }",
      /^3:1: where can never be true/,
    ],
    [
      "mixed currencies",
      '{ sum: purchase.completed, of: amount, gte: "5 EUR", lt: "9 USD" }',
      /^3:1: where mixes|^3:1: where compares with/,
    ],
    [
      "bounds that leave nothing",
      '{ sum: purchase.completed, of: amount, gte: "9 EUR", lt: "5 EUR" }',
      /^3:1: where can never be true/,
    ],
    [
      "two operators",
      "{ did: lead.created, trait: country }",
      /^3:1: where says trait and did at once|^3:1: where says did and trait at once/,
    ],
    ["a mistyped operator", "{ trai: country, eq: FR }", /^3:1: .*did you mean trait\?/],
    [
      "an event's property where there is none",
      '{ property: amount, gte: "80 EUR" }',
      /^3:1: where there is no event here/,
    ],
  ])("%s", async (_, condition, problem) => {
    const [first, ...more] = await where(condition);
    expect(first).toMatch(problem);
    expect(more).toEqual([]);
  });
});

test("warnings do not stop publishing: everything is defined all the same", async () => {
  const folder = await aFolder({
    "segments/extra.yaml": "segment: extra\ntitle: x\nwhere: { trait: nobody-knows, eq: 1 }\n",
  });
  const { definitions, problems } = await readMarketing(folder, { cache: compiledBefore });
  expect(problems.map(({ severity, code }) => `${severity} ${code}`)).toEqual(["warning unknown_trait"]);
  expect(errorsIn(problems)).toEqual([]);
  expect(definitions.map(({ id }) => id)).toContain("extra");
});

describe("plain words", () => {
  test.each([
    [{ code: "missing", path: "steps[0].id", message: "is missing" }, {}, "is missing; add id: say-hello"],
    [{ code: "missing", path: "shop.replyTo", message: "is missing" }, {}, "is missing; add replyTo: ..."],
    [
      { code: "unknown_field", path: "colour", message: "is not a known field" },
      {},
      "is not a known field; take it out or mend its name",
    ],
    [
      { code: "too_big", path: "title", message: "Too big: expected string to have <=120 characters" },
      { title: "x" },
      "must have at most 120 characters; shorten it",
    ],
    [
      { code: "custom", path: "on", message: "needs exactly one of event, entered" },
      { on: { evnt: "a" } },
      "needs exactly one of event, entered; evnt is none of them, did you mean event?",
    ],
    [
      { code: "custom", path: "on", message: "needs exactly one of event, entered" },
      { on: { event: "a", entered: "b" } },
      "says event and entered at once; needs exactly one of event, entered",
    ],
    [{ code: "custom", path: "at", message: "must be fine" }, { at: "x" }, "must be fine"],
  ])("%j", (problem, body, message) => {
    expect(plainly(problem, body)).toEqual({ ...problem, message });
  });
});
