// Guarantees of reading YAML: every way a file can be broken is one clear problem with its place.
import { describe, expect, test } from "vitest";
import { readYaml } from "../../shared/authoring/yaml-source.ts";

function problemsOf(text: string): string[] {
  const read = readYaml("x.yaml", text);
  return "problems" in read ? read.problems.map(({ line, column, message }) => `${line}:${column}: ${message}`) : [];
}

/** Nine levels of nine aliases each: 9^9 values if it were expanded. */
const bomb = ["a: &a [x, x, x, x, x, x, x, x, x]"]
  .concat([..."bcdefghij"].map((name, at) => `${name}: &${name} [${Array(9).fill(`*${"abcdefghi"[at]}`).join(", ")}]`))
  .join("\n");

describe("readYaml", () => {
  test.each([
    ["an empty file", "", "1:1: is empty; write its fields, or take the file away"],
    ["a file of comments", "# later\n", "1:1: is empty; write its fields, or take the file away"],
    ["a list", "- a\n- b\n", "1:1: must be a map of fields, one per line, such as title: New customers"],
    ["a text", "# hello\nhello\n", "2:1: must be a map of fields, one per line, such as title: New customers"],
    ["a field written twice", "a: 1\nb: 2\na: 3\n", "3:1: this field is written twice; keep one of them"],
    ["a tab as indentation", "a:\n\tb: 1\n", "2:1: indent with spaces, not with tabs"],
    ["an open bracket", "a: [b\nc: d\n", "2:1: the line above opens a { or [ that is not closed"],
    [
      "a colon in a text",
      "title: Spring: new shelves\n",
      "1:8: a text that holds a colon needs quotes (or the next line is indented by mistake)",
    ],
    [
      "a second document",
      "a: 1\n---\nb: 2\n",
      "2:1: one file holds one definition; move what follows --- into a file of its own",
    ],
    [
      "a tag",
      "a: !!binary aGk=\n",
      "1:4: tags such as !!binary are not used here; write a plain text, number, list or map",
    ],
    [
      "an alias without anchor",
      "a: 1\nb: *nope\n",
      "2:4: is not valid YAML: Unresolved alias (the anchor must be set before the alias): nope",
    ],
    ["an alias bomb", bomb, "2:8: uses too many aliases (*name); write the values out"],
    [
      "an alias inside itself",
      "a: &a [*a]\n",
      "1:1: a is no text, number, true, false, list or map (or is nested too deep)",
    ],
    [
      "an infinite number",
      "a:\n  b: .inf\n",
      "2:3: a.b is no text, number, true, false, list or map (or is nested too deep)",
    ],
  ])("%s is one problem with its place", (_, text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });

  test("plain values and the place of every field come out", () => {
    const read = readYaml(
      "x.yaml",
      'title: Hello\nsteps:\n  - id: a\n    wait: 3 days\n  - { id: "b" }\nlist: [1, true, null]\n',
    );
    expect(read).toEqual({
      file: "x.yaml",
      body: { title: "Hello", steps: [{ id: "a", wait: "3 days" }, { id: "b" }], list: [1, true, null] },
      lines: {
        "": "1:1",
        title: "1:1",
        steps: "2:1",
        "steps[0]": "3:5",
        "steps[0].id": "3:5",
        "steps[0].wait": "4:5",
        "steps[1]": "5:5",
        "steps[1].id": "5:7",
        list: "6:1",
        "list[0]": "6:8",
        "list[1]": "6:11",
        "list[2]": "6:17",
      },
      texts: {
        title: { line: 1, column: 8 },
        "steps[0].id": { line: 3, column: 9 },
        "steps[0].wait": { line: 4, column: 11 },
        "steps[1].id": { line: 5, column: 12 },
      },
    });
  });

  test("a country named NO and a time of day stay texts", () => {
    const read = readYaml("x.yaml", "country: NO\nat: 09:00\ndate: 2026-05-01\n");
    expect(read).toMatchObject({ body: { country: "NO", at: "09:00", date: "2026-05-01" } });
  });

  test("a small alias is taken for its value", () => {
    expect(readYaml("x.yaml", "a: &a [FR, BE]\nb: *a\n")).toMatchObject({ body: { b: ["FR", "BE"] } });
  });
});
