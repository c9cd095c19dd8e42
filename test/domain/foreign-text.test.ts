// Guarantees of words of others on our pages: they are shown, and do nothing to the words around them.
import { describe, expect, test } from "vitest";
import { foreignText } from "../../shared/domain/foreign-text.ts";
import { howText } from "../../shared/domain/why-words.ts";

describe("a text of others", () => {
  test.each(["Anna", "Zoë-Ève d'Été", "נועה", "محمد", "สมชาย", "क्षितिज", "👩‍👩‍👧", "<b>&amp;", "é"])(
    "such as %s stands as it is",
    (name) => {
      expect(foreignText(name, 60)).toBe(name);
    },
  );

  test.each([
    ["turns nothing around", "\u202eAnna\u2067", "Anna"],
    ["breaks no line and rings no bell", "An\r\nna\u0007\u001b[2J\u2028", "Anna[2J"],
    ["is whole characters", "A\ud83d", "A\ufffd"],
    ["is drawn over nothing", `Z${"\u0334".repeat(500)}oe`, `Z${"\u0334".repeat(4)}oe`],
    ["leaves room", "👋".repeat(61), `${"👋".repeat(60)}…`],
  ])("%s", (_what, text, shown) => {
    expect(foreignText(text, 60)).toBe(shown);
  });

  test.each(["", " ", "\u200b", "\u202e", "\u2800\u3164"])("of which nothing is seen is none: %j", (text) => {
    expect(foreignText(text, 60)).toBeUndefined();
  });
});

test("the means that a source tells of are one of them", () => {
  expect(howText("\u202eform", { language: "en" })).toBe("“form”");
});
