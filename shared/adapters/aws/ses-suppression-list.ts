// Decides how SES's own suppression list is read: the account's, page by page.
import { ListSuppressedDestinationsCommand, type SESv2Client } from "@aws-sdk/client-sesv2";
import type { Instant } from "../../domain/instant.ts";
import { Fault, Unavailable } from "../../pipeline/faults.ts";
import type { Page, SuppressedAddress } from "../../pipeline/ports.ts";

/** The most that SES answers at once. */
const PAGE_SIZE = 1_000;

/**
 * One page of the addresses SES sends nothing to, of those added after an instant. A page token that SES does not take (any
 * more) is a fault of its own, since asking again with it does not help.
 */
export async function suppressedPage(
  client: SESv2Client,
  { since, next }: { since: Instant; next?: string },
): Promise<Page<SuppressedAddress>> {
  const command = new ListSuppressedDestinationsCommand({
    Reasons: ["BOUNCE", "COMPLAINT"],
    // Since ever is no date to SES.
    ...(since > 0 && { StartDate: new Date(since) }),
    PageSize: PAGE_SIZE,
    ...(next !== undefined && { NextToken: next }),
  });
  const answer = await client.send(command).catch((cause: unknown) => {
    const isTokenGone = cause instanceof Error && cause.name === "InvalidNextTokenException";
    throw isTokenGone
      ? new Fault("bad_page_token", "SES does not know the page of its suppression list any more.", {
          retryable: false,
          cause,
        })
      : new Unavailable("SES", { cause });
  });
  const items = (answer.SuppressedDestinationSummaries ?? []).map(
    ({ EmailAddress: email = "", Reason, LastUpdateTime }): SuppressedAddress => ({
      email,
      reason: Reason === "COMPLAINT" ? "complaint" : "bounce",
      at: LastUpdateTime?.getTime() ?? since,
    }),
  );
  return { items, ...(answer.NextToken && { next: answer.NextToken }) };
}
