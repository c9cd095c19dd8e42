// Guarantees of a link that was passed on with its mail: whoever reads it cannot make it worth more than it is.
import { expect, test } from "vitest";
import { aCentre, addressIn } from "../support/preference-centre.ts";

test("its reader cannot refuse the mails that bring a fresh link, and so download without one", async () => {
  const { press, links, everything } = await aCentre({ consent: { marketing: "granted", service: "granted" } });
  const refused = await press(links.p, { action: "refuse", purpose: "service" });
  expect(refused.status).toBe(400);
  expect(addressIn(await everything()).optOuts).toEqual({});
  const asked = await press(links.p, { action: "export" });
  expect(asked.headers["content-disposition"]).toBeUndefined();
});
