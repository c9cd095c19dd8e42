// Guarantees of relance consent: what holds and who said it in words, and how a word to the company is noted.
import { expect, test } from "vitest";
import { writeServerFile } from "../../cli/server-file.ts";
import { withPause, withSuppression } from "../../shared/domain/address.ts";
import { DAY_MS } from "../../shared/domain/instant.ts";
import { changeAddress, loadAddress } from "../../shared/pipeline/records/address-record.ts";
import { consent, identify } from "../support/calls.ts";
import { aFolder } from "../support/local-folder.ts";
import { aServer, START } from "../support/test-server.ts";
import { relance, relanceJson } from "./command-line.ts";

async function aShop(...calls: object[]) {
  const { host, port, url, batch } = await aServer();
  host.data.clock.freeze();
  await batch(identify(START), ...calls);
  await host.settle();
  const data = aFolder();
  writeServerFile(data, { pid: process.pid, port, url });
  return { data, ports: host.data.ports };
}

test("shows what holds for each purpose, and who said it when", async () => {
  const { out } = await relance(["consent", "u-1"], await aShop(consent(START)));
  expect(out.split("\n").map((line) => line.trimEnd().replace(/ {2,}/g, "  "))).toEqual([
    "  marketing  granted since 2027-03-02 08:00 UTC, told by a system",
    "  open-tracking  nobody has said anything: not allowed where consent is needed",
    "",
    "What was said",
    expect.stringMatching(/^ {2}2027-03-02 08:00 UTC {2}marketing: granted {2}told by a system {2}\S+\/consent-u-1-/),
    "",
  ]);
});

test("notes a no with its proof; a yes after it changes nothing, and says who can", async () => {
  const shop = await aShop(consent(START));
  const deny = ["consent", "u-1", "--deny", "marketing", "--how", "letter of 2 March"];
  const denied = "  marketing: denied since 2027-03-02 08:00 UTC, told to the company (letter of 2 March)\n";
  expect((await relance(deny, shop)).out).toBe(`Noted.\n${denied}`);
  expect((await relance(deny, shop)).out).toBe(`Noted; it was so already.\n${denied}`);
  const grant = ["consent", "u-1", "--grant", "marketing", "--how", "phone call", "--wording", "v2"];
  expect((await relance(grant, shop)).out).toBe(
    `Nothing has changed: they said no, and only they can take that back, by a link in a mail or a form of yours.\n${denied}`,
  );
  const { proofs } = await relanceJson<{ proofs: object[] }>(["consent", "u-1"], shop);
  expect(proofs).toMatchObject([
    { state: "granted" },
    { before: "granted", state: "denied", how: "letter of 2 March" },
  ]);
});

test("shows what is closed at the address, where the person is not", async () => {
  const shop = await aShop(consent(START), identify(START, { user: "u-2" }), consent(START, { user: "u-2" }));
  await relance(["consent", "u-2", "--deny", "marketing", "--how", "letter"], shop);
  const email = "anna@example.com";
  await changeAddress(shop.ports, (await loadAddress(shop.ports, email)).key, (address) =>
    withSuppression(withPause(address, "marketing", START + 3 * DAY_MS), "bounce", START),
  );
  const said = [
    "At the address they have now, whoever reads there",
    "  closed for every mail: bounce on 2027-03-02 08:00 UTC",
    "  opted out of marketing mail on 2027-03-02 08:00 UTC",
    "  asked for no marketing mail until 2027-03-05 08:00 UTC",
    "",
  ].join("\n");
  const { out } = await relance(["consent", "u-1"], shop);
  expect(out).toMatch(/^ {2}marketing +granted since/);
  expect(out).toContain(`\n\n${said}\nWhat was said\n`);
  expect(await relanceJson(["consent", "u-1"], shop)).toMatchObject({
    address: { suppressions: { bounce: "2027-03-02T08:00:00.000Z" }, optOuts: { marketing: expect.any(String) } },
  });
  const grant = ["consent", "u-1", "--grant", "marketing", "--how", "phone call"];
  expect((await relance(grant, shop)).out).toContain(said);
});

test.each([
  [["--deny", "marketing", "--grant", "marketing"], "--deny and --grant are two things: say one of them."],
  [["--how", "letter"], "--how and --wording go with --deny PURPOSE or --grant PURPOSE."],
  [["--deny", "marketing"], 'say by what means they told you, for the proof: --how "letter of 2 March".'],
  [["--deny", "marketing", "--how", ""], "--how and --wording take one line of 1 to 200 characters each"],
  [["--grant", "marketing", "--how", "phone", "--wording", "a\nb"], "--how and --wording take one line of 1 to 200"],
  [["--deny", "marketting", "--how", "letter"], 'There is no purpose "marketting"'],
])("%j is not understood, and nothing is noted", async (words, says) => {
  const shop = await aShop();
  const { code, err } = await relance(["consent", "u-1", ...words], shop);
  expect([code, err]).toEqual([2, expect.stringContaining(says)]);
  expect(await relanceJson(["consent", "u-1"], shop)).toMatchObject({ proofs: [] });
});

test("of nobody says so", async () => {
  const { code, err } = await relance(["consent", "nobody"], await aShop());
  expect([code, err]).toEqual([1, expect.stringContaining('There is no profile "nobody"')]);
});
