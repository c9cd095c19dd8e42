// Guarantees of the command line for names and values that strangers chose: they are shown, and do nothing to the terminal.
import { expect, test } from "vitest";
import { aFolder } from "../support/local-folder.ts";
import { relance } from "./command-line.ts";

/** Red from here on, the line above once more, text from right to left, a bell, a C1 command. */
const HOSTILE = "\u001b[31mred\u001b[1A\u202edrow\u0007\u009b2J";
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is for
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

test("what every command prints of a person is plain text, and JSON still says exactly what was told", async () => {
  const data = aFolder();
  const user = `u${HOSTILE}`;
  await relance(["dev", "--once", "--empty", "--marketing", "test/data/small-shop"], { data });
  const traits = ["email=a@example.com", `firstName=${HOSTILE}`, `t${HOSTILE}=1`];
  const event = ["trigger", "lead.created", "--user", user, ...traits.flatMap((trait) => ["--trait", trait])];
  const commands = [
    event,
    ["profile", user],
    ["explain", user],
    ["explain", user, "welcome"],
    ["tail", "--once"],
    ["doctor"],
    ["consent", user],
    ["export", user],
    ["sends"],
    ["audit"],
    ["profile", `nobody${HOSTILE}`],
    [`no-command${HOSTILE}`],
  ];
  for (const words of commands) {
    const { out, err } = await relance(words, { data });
    expect([words[0], out + err]).not.toEqual([words[0], ""]);
    expect(out + err).not.toMatch(OBEYED);
  }
  const { out } = await relance(["export", user, "--json"], { data });
  expect(out).not.toMatch(OBEYED);
  expect(JSON.parse(out)).toMatchObject({
    person: { identities: [`userId:${user}`], traits: { firstName: HOSTILE, [`t${HOSTILE}`]: expect.anything() } },
  });
});
