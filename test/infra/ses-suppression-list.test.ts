// Guarantees about SES's suppression list on the wire: what is asked, what is read, and which failures may pass.
import { expect, test } from "vitest";
import { sesMailer } from "../../shared/adapters/aws/ses-mailer.ts";
import { fakeAws, type Reply } from "./fake-aws.ts";

const ADDED = Date.UTC(2026, 2, 1, 8, 30, 15);

async function aList(reply: Reply) {
  const { clients, seen } = await fakeAws(() => reply);
  const mailer = sesMailer({ client: clients.mail, configurationSet: "relance", clock: { now: () => ADDED } });
  return { mailer, seen };
}

test("a page is asked for since an instant and read with reasons, instants and where it goes on", async () => {
  const { mailer, seen } = await aList({
    body: {
      SuppressedDestinationSummaries: [
        { EmailAddress: "ada@example.com", Reason: "BOUNCE", LastUpdateTime: ADDED / 1_000 },
        { EmailAddress: "bob@example.com", Reason: "COMPLAINT", LastUpdateTime: ADDED / 1_000 },
      ],
      NextToken: "more",
    },
  });
  expect(await mailer.suppressed({ since: ADDED - 1_000, next: "before" })).toEqual({
    items: [
      { email: "ada@example.com", reason: "bounce", at: ADDED },
      { email: "bob@example.com", reason: "complaint", at: ADDED },
    ],
    next: "more",
  });
  const [path = "", query = ""] = seen[0]?.path.split("?") ?? [];
  expect([seen[0]?.method, path]).toEqual(["GET", "/v2/email/suppression/addresses"]);
  const asked = new URLSearchParams(query);
  expect(asked.getAll("Reason")).toEqual(["BOUNCE", "COMPLAINT"]);
  expect(Date.parse(asked.get("StartDate") ?? "")).toBe(ADDED - 1_000);
  expect([asked.get("NextToken"), asked.get("PageSize")]).toEqual(["before", "1000"]);
});

test("the first time everything is asked for, and an empty list is an empty page", async () => {
  const { mailer, seen } = await aList({ body: {} });
  expect(await mailer.suppressed({ since: 0 })).toEqual({ items: [] });
  expect(seen[0]?.path).not.toContain("StartDate");
});

test("a page that SES has forgotten is told apart from an SES that does not answer", async () => {
  const gone = await aList({ status: 400, error: "InvalidNextTokenException" });
  await expect(gone.mailer.suppressed({ since: 0, next: "x" })).rejects.toMatchObject({ code: "bad_page_token" });
  for (const reply of [{ status: 429, error: "TooManyRequestsException" }, { status: 500 }, "reset"] as Reply[]) {
    const { mailer } = await aList(reply);
    await expect(mailer.suppressed({ since: 0 })).rejects.toMatchObject({ code: "unavailable", retryable: true });
  }
});
