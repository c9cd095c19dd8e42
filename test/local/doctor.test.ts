// Guarantees of GET /api/doctor and relance doctor: the same findings, in words or for machines, and 0 whatever was found.
import { expect, test } from "vitest";
import { DAY_MS } from "../../shared/domain/instant.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import type { DoctorView } from "../../shared/pipeline/views/doctor.ts";
import { relance, relanceJson } from "../cli/command-line.ts";
import { identify } from "../support/calls.ts";
import { aFolder } from "../support/local-folder.ts";
import { smallShopDefinitions } from "../support/small-shop.ts";
import { aServer, START } from "../support/test-server.ts";

test("the door answers the findings with what was looked at", async () => {
  const { ask, batch, host } = await aServer();
  await batch(identify(START, { traits: { shoeSize: 42 } }));
  await host.settle();
  const answer = await ask("/api/doctor");
  expect(answer.status).toBe(200);
  const { sample, findings, checked } = answer.json() as DoctorView;
  expect(sample).toEqual({ profiles: 1, events: 1 });
  expect(checked).toContain("unused data");
  expect(findings).toMatchObject([{ id: "unused-facts", says: expect.stringContaining("shoeSize (1 of 1 profiles)") }]);
});

test.each([false, true])(
  "somebody is overdue, automatic %s: every check is made with the rights the wiring gives",
  async (automatic) => {
    const { host, batch, ask, moveClock } = await aServer();
    const retention = { after: "1 year", automatic };
    const shop = (await smallShopDefinitions()).map((one) =>
      one.kind === "settings" ? { ...one, body: { ...one.body, retention } } : one,
    );
    await publish(host.data.ports, shop);
    await batch(identify(START - 400 * DAY_MS));
    await host.settle();
    // In the first weeks after an import nobody is overdue.
    await moveClock({ advance: "P31D" });
    const answer = await ask("/api/doctor");
    const ids = (answer.json() as DoctorView).findings.map(({ id }) => id);
    expect([answer.status, ids]).toEqual([200, automatic ? [] : ["retention-due"]]);
  },
);

test("the command says what is, what it means and what to paste, and ends with 0", async () => {
  const data = aFolder();
  const options = { data };
  expect((await relance(["doctor"], options)).code).toBe(1);
  await relance(["dev", "--once", "--empty", "--marketing", "test/data/small-shop"], options);
  expect(await relance(["doctor"], options)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/Nothing to say\.\n$/),
  });
  const traits = ["email=sam@example.com", "shoeSize=42", "consent.marketing=granted"];
  await relance(
    ["trigger", "lead.created", "--user", "u-1", ...traits.flatMap((trait) => ["--trait", trait])],
    options,
  );
  const { code, out } = await relance(["doctor"], options);
  expect(code).toBe(0);
  expect(out).toContain("Advice: No rule, mail or report uses: shoeSize (1 of 1 profiles)");
  expect(out).toContain("      drop:\n        traits: [shoeSize]\n");
  expect(out).toContain("      npm run relance -- plan\n");
  expect(out).toMatch(/Checked: .*1 profile and 2 recent events looked at\.\n$/);
  const { findings } = await relanceJson<DoctorView>(["doctor"], options);
  expect(findings.map(({ id }) => id).toSorted()).toEqual(["no-consent-form", "unused-facts"]);
});
