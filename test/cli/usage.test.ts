// Guarantees of the command line itself: what it does not know it says in one sentence, and every command explains itself.
import { describe, expect, test } from "vitest";
import { aFolder } from "../support/local-folder.ts";
import { relance, startRelance } from "./command-line.ts";

const commands = [
  "dev",
  "validate",
  "plan",
  "apply",
  "rollback",
  "pause",
  "resume",
  "status",
  "doctor",
  "test",
  "schema",
  "summary",
  "explain",
  "profile",
  "segments",
  "sends",
  "suppress",
  "export",
  "erase",
  "retention",
  "audit",
  "tail",
  "trigger",
  "import orders",
  "clock",
];

describe("the command line", () => {
  test.each([
    [["explan", "u-1", "welcome"], 'There is no command "explan". Did you mean explain?'],
    [["xyz"], 'There is no command "xyz". See:'],
    [["dev", "--ones"], "has no option --ones. Did you mean --once?"],
    [["explain", "--jsn"], "has no option --jsn. Did you mean --json?"],
    [["explain"], "relance explain needs PROFILE, who: your user id"],
    [["explain", "u-1", "--at", "soon"], "--at must be an instant such as 2026-03-01T10:00:00Z"],
    [["explain", "u-1", "--segment"], "--segment needs the id of a segment before it."],
    [["summary", "more"], 'relance summary does not know what to do with "more".'],
    [["import"], "relance import needs to know what: relance import orders."],
    [["import", "orders", "x.csv"], "needs --customer COLUMN, --at COLUMN, --amount COLUMN, --currency EUR|COLUMN."],
    [["sends", "--campaign", "--most"], "--campaign needs a value: --campaign ID."],
    [["dev", "--once=yes"], "--once takes no value."],
    [["sends", "--state", "SENT", "--state", "REFUSED"], "--state is given twice."],
    [["sends", "--state", "sen"], 'There is no state "sen". Did you mean SENT?'],
    [["sends", "--reason", "hold-out"], 'There is no reason "hold-out". Did you mean holdout?'],
    [["suppress"], "relance suppress needs EMAIL, the address"],
    [["sends", "--most", "0"], '--most must be a whole number above 0, not "0".'],
    [["clock", "tomorrow"], '"tomorrow" is neither a duration such as P3D nor an instant'],
    [["tail", "--after", "yesterday"], '--after must be an instant such as 2026-03-01T10:00:00Z, not "yesterday".'],
    [["trigger", "lead.created", "--user", "a", "--trait", "email"], '--trait takes NAME=VALUE, not "email".'],
    [["dev", "--demo-profiles", "many"], "--demo-profiles must be a whole number"],
  ])("answers %j with one sentence and exit code 2", async (words, sentence) => {
    const { code, out, err } = await relance(words, { data: aFolder() });
    expect(err).toContain(sentence);
    expect(err.trimEnd().split("\n")).toHaveLength(1);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });

  test("refuses a PORT that is none", async () => {
    const { code, err } = await relance(["summary"], { data: aFolder(), variables: { PORT: "http" } });
    expect({ code, err }).toEqual({ code: 2, err: 'relance: PORT must be a port number such as 8787, not "http".\n' });
  });

  test.each(commands)("explains %s with an example", async (name) => {
    const { code, out } = await relance([...name.split(" "), "--help"], { data: aFolder() });
    expect(code).toBe(0);
    expect(out).toContain(`Usage: npm run relance -- ${name}`);
    expect(out).toContain(`For example:\n  npm run relance -- ${name}`);
    expect(out).toContain("--json");
  });

  test("lists every command", async () => {
    const { code, out } = await relance(["--help"], { data: aFolder() });
    expect(code).toBe(0);
    for (const name of commands) expect(out).toMatch(new RegExp(`^  ${name} `, "m"));
  });

  test("is the same as a process of its own: sentence on standard error, exit code 2", async () => {
    const { code, out, err } = await startRelance(["segmnts"], { data: aFolder() }).ended;
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toBe('relance: There is no command "segmnts". Did you mean segments? See: npm run relance -- --help\n');
  });
});

describe("without data", () => {
  test.each([["summary"], ["explain", "a", "welcome"], ["tail", "--once"]])(
    "relance %s says how to get some",
    async (...words) => {
      const data = `${aFolder()}/none`;
      const { code, err } = await relance(words, { data });
      expect(code).toBe(1);
      expect(err).toBe(
        `relance: There is no data in ${data} yet: start Relance with npm start, or name another folder with RELANCE_DATA.\n`,
      );
    },
  );
});
