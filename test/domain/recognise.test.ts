// Guarantees of recognising what other systems put onto the bus.
import { describe, expect, test } from "vitest";
import { recognise } from "../../shared/domain/recognise.ts";

describe("a detail of another system", () => {
  test("may be flat: what is not a field of a fact is a property", () => {
    const { type, detail } = recognise("Order Completed", {
      userId: 42,
      order_id: "o-1",
      total: 96.5,
      currency: "eur",
    });
    expect(type).toBe("purchase.completed");
    expect(detail).toMatchObject({
      userId: "42",
      properties: { order_id: "o-1", amount: { amount: 9650, currency: "EUR" } },
    });
  });

  test("may call its fields timestamp and messageId, unless it uses Relance's names as well", () => {
    const { detail } = recognise("lead.created", { userId: "42", timestamp: "2026-03-01T10:00:00Z", messageId: "m-1" });
    expect(detail).toEqual({ userId: "42", occurredAt: "2026-03-01T10:00:00Z", id: "m-1" });
    const both = recognise("lead.created", { userId: "42", id: "own", messageId: "m-1" });
    expect(both.detail).toEqual({ userId: "42", id: "own", properties: { messageId: "m-1" } });
  });

  test("that names the person by address gives them the trait, unless traits say another", () => {
    expect(recognise("identify", { email: "a@example.com" })).toEqual({
      type: "profile.identified",
      detail: { email: "a@example.com", traits: { email: "a@example.com" } },
    });
    const { detail } = recognise("lead.created", { email: "a@example.com", traits: { email: "b@example.com" } });
    expect(detail["traits"]).toEqual({ email: "b@example.com" });
  });
});
