// Guarantees of docs/security.md: its tables of roles, rights and routes are those that are enforced.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Role, roleRights, roles } from "../../shared/domain/roles.ts";
import { apiRoutes } from "../../shared/pipeline/api-rights.ts";

const text = readFileSync(new URL("../../docs/security.md", import.meta.url), "utf8");

/** The rows of the table whose head begins so, as cells. */
function rowsOf(head: string): string[][] {
  const [, table = ""] = text.split(new RegExp(`^\\| ${head} .*\\n`, "m"));
  const lines = table.split("\n").slice(1);
  const end = lines.findIndex((line) => !line.startsWith("|"));
  return lines.slice(0, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}

test("each role has the rights that the table says", () => {
  const said = rowsOf("right").map(([right, _what, ...cells]) => [
    right,
    roles.filter((_role, column) => cells[column] === "yes"),
  ]);
  const rights = [...new Set(Object.values(roleRights).flat())];
  const are = rights.map((right) => [right, roles.filter((role: Role) => roleRights[role].includes(right))]);
  expect(Object.fromEntries(said)).toEqual(Object.fromEntries(are));
});

test("each route needs the right that the table says", () => {
  const are = Object.entries(apiRoutes).map(([key, { right }]) => [key, right]);
  expect(Object.fromEntries(rowsOf("route"))).toEqual(Object.fromEntries(are));
});
