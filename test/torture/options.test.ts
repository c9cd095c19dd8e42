// Proves that the torture test understands its command line, and says what it does not.
import { describe, expect, test } from "vitest";
import { readOptions } from "./options.ts";

describe("the options of the torture", () => {
  test("without any it is the full form: 500 items a second for a minute, five kills, both modes of the mailer", () => {
    expect(readOptions([])).toEqual({
      seconds: 60,
      rate: 500,
      kills: 5,
      seed: 1,
      lookups: ["known", "unknowable"],
      json: false,
      help: false,
    });
  });

  test("numbers and one mode are taken", () => {
    const words = ["--seconds", "6", "--rate=100", "--kills", "0", "--seed", "42", "--lookup", "unknowable", "--json"];
    expect(readOptions(words)).toMatchObject({
      seconds: 6,
      rate: 100,
      kills: 0,
      seed: 42,
      lookups: ["unknowable"],
      json: true,
    });
  });

  test.each([
    [["--seconds", "0"], '--seconds must be a whole number from 1, not "0".'],
    [["--kills", "many"], '--kills must be a whole number from 0, not "many".'],
    [["--lookup", "perhaps"], '--lookup must be known, unknowable or both, not "perhaps".'],
    [["--speed", "1"], "Unknown option '--speed'"],
  ])("%j is refused with a sentence", (words, sentence) => {
    expect(() => readOptions(words)).toThrow(sentence);
  });
});
