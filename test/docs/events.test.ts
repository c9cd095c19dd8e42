// Proves that docs/events.md is whole: every event that is known, every door of the wiring, every mailbox that is played.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { wiring } from "../../infra/wiring.ts";
import { simulatedMailboxes } from "../../shared/adapters/local/ses-feedback.ts";
import { builtInFacts } from "../../shared/domain/known-facts.ts";
import { apiRoutes } from "../../shared/pipeline/api-rights.ts";

const TEXT = readFileSync(fileURLToPath(new URL("../../docs/events.md", import.meta.url)), "utf8");
const section = (title: string) =>
  new RegExp(`^## ${title}$([\\s\\S]*?)(?=^## |$(?![\\s\\S]))`, "m").exec(TEXT)?.[1] ?? "";

describe("docs/events.md", () => {
  const events = section("Events");

  test.each(Object.keys(builtInFacts.events).filter((type) => type !== "schedule.occurred"))("tells of %s", (type) => {
    expect(events).toContain(`\`${type}\``);
  });

  test("names the properties that news of mails have", () => {
    const { url: _url, ...ofEvery } = builtInFacts.events["email.clicked"] ?? {};
    const said = /"Those of every mail" are (.*)\./.exec(events)?.[1] ?? "";
    expect([...said.matchAll(/`(\w+)`/g)].map(([, name]) => name)).toEqual(Object.keys(ofEvery));
  });

  const routes = [
    ...Object.keys(apiRoutes),
    ...Object.values(wiring.functions).flatMap(({ triggers }) =>
      triggers.flatMap((trigger) => ("route" in trigger && !trigger.route.includes("/api/") ? [trigger.route] : [])),
    ),
  ];

  test.each(routes.filter((route) => route !== "POST /v1/{call}"))("has the door %s", (route) => {
    const [method = "", path = ""] = route.split(" ");
    const rows = section("Doors of the local server")
      .split("\n")
      .filter((line) => line.startsWith("|"));
    const isIt = (row: string) => [...row.matchAll(/`([^`]+)`/g)].some(([, code]) => doorOf(code) === path);
    expect(rows.some((row) => isIt(row) && row.includes(method))).toBe(true);
  });

  test("has every mailbox that is played, with what becomes of its mail", () => {
    const rows = [...section("Mailboxes that are played").matchAll(/^\| `([\w-]+)` +\| (.*?) *\|$/gm)];
    const told = rows.map(([, start, words]) => ({ start, words }));
    expect(told).toEqual(simulatedMailboxes.map(({ start, words }) => ({ start, words })));
  });
});

/** "GET /api/ledger?campaign=" is /api/ledger. */
function doorOf(code: string | undefined): string {
  return (code ?? "").replace(/^(GET|POST|HEAD) /, "").replace(/\?.*$/, "");
}
