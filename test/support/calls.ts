// Decides what test events look like: calls of the Segment protocol about one invented customer.
import { type Instant, iso } from "../../shared/domain/instant.ts";

const TRAITS = { email: "anna@example.com", firstName: "Anna", locale: "en", country: "FR" };

export function identify(
  at: Instant,
  { user = "u-1", traits = {}, id = `identify-${user}-${at}` }: { user?: string; traits?: object; id?: string } = {},
) {
  return { type: "identify", userId: user, messageId: id, timestamp: iso(at), traits: { ...TRAITS, ...traits } };
}

export function consent(
  at: Instant,
  { user = "u-1", state = "granted" }: { user?: string; state?: "granted" | "denied" } = {},
) {
  return {
    type: "identify",
    userId: user,
    messageId: `consent-${user}-${at}-${state}`,
    timestamp: iso(at),
    traits: { consent: { marketing: state } },
  };
}

export function lead(at: Instant, user = "u-1") {
  return {
    type: "track",
    event: "Lead Created",
    userId: user,
    messageId: `lead-${user}-${at}`,
    timestamp: iso(at),
    properties: { source: "fair" },
  };
}

export function purchase(
  at: Instant,
  { user = "u-1", total = 120, order = `o-${user}-${at}` }: { user?: string; total?: number; order?: string } = {},
) {
  return {
    type: "track",
    event: "Order Completed",
    userId: user,
    messageId: `purchase-${order}`,
    timestamp: iso(at),
    properties: {
      order_id: order,
      total,
      currency: "EUR",
      products: [{ name: "A book", category: "books", price: total, quantity: 1 }],
    },
  };
}
