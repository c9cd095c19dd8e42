// Guarantees of money: amounts are exact in minor units, or refused; currencies never mix.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decimalsOf, isMoney, moneyText, parseAmount, parseMoney } from "../../shared/domain/money.ts";

describe("parseAmount", () => {
  test.each([
    ["29.33", "USD", 2_933],
    [29.33, "USD", 2_933],
    [0.1 + 0.2, "EUR", 30],
    [1.005, "BHD", 1_005],
    ["29.330000", "USD", 2_933],
    ["1200", "JPY", 1_200],
    [1200, "ISK", 1_200],
    ["-5.50", "EUR", -550],
    ["0", "EUR", 0],
    [" 12.5 ", "EUR", 1_250],
    [2_500_315.63, "USD", 250_031_563],
    ["123456789012.34", "EUR", 12_345_678_901_234],
  ])("%j %s is %d minor units", (value, currency, amount) => {
    expect(parseAmount(value, currency)).toEqual({ amount, currency });
  });

  test.each([
    ["29.333", "USD"],
    ["0.5", "JPY"],
    [1e21, "EUR"],
    [Number.NaN, "EUR"],
    [Number.POSITIVE_INFINITY, "EUR"],
    ["1e3", "EUR"],
    ["1,200.00", "EUR"],
    ["", "EUR"],
    ["12.", "EUR"],
    [".5", "EUR"],
    ["0x10", "EUR"],
    ["1234567890123", "EUR"],
  ])("%j %s is refused, not rounded", (value, currency) => {
    expect(parseAmount(value, currency)).toBeUndefined();
  });

  test("minus zero is zero", () => {
    expect(Object.is(parseAmount("-0.00", "EUR")?.amount, 0)).toBe(true);
  });

  test("every amount of cents survives the way over a decimal number", () => {
    fc.assert(
      fc.property(fc.integer({ min: -99_999_999_999, max: 99_999_999_999 }), (cents) => {
        expect(parseAmount(cents / 100, "EUR")?.amount).toBe(cents);
      }),
    );
  });

  test("what is written is read back, in every kind of currency", () => {
    const currency = fc.constantFrom("EUR", "JPY", "ISK", "KWD");
    fc.assert(
      fc.property(fc.integer({ min: -1e11, max: 1e11 }), currency, (amount, code) => {
        expect(parseMoney(moneyText({ amount, currency: code }))).toEqual({ amount, currency: code });
      }),
    );
  });
});

test.each([
  ["EUR", 2],
  ["JPY", 0],
  ["ISK", 0],
  ["TND", 3],
])("%s has %d decimals", (currency, decimals) => {
  expect(decimalsOf(currency)).toBe(decimals);
});

test.each(["80", "80EUR", "80 eur", "EUR 80", "80 EURO", "80,5 EUR", "80.555 EUR"])(
  "%j is no written amount",
  (text) => {
    expect(parseMoney(text)).toBeUndefined();
  },
);

describe("isMoney", () => {
  test("whole minor units of a currency are money", () => {
    expect(isMoney({ amount: 8_000, currency: "EUR" })).toBe(true);
  });

  test.each([
    [{ amount: 80.5, currency: "EUR" }],
    [{ amount: "8000", currency: "EUR" }],
    [{ amount: 2 ** 53, currency: "EUR" }],
    [{ amount: 8_000 }],
    [{ amount: 8_000, currency: "eur" }],
    [{ amount: 8_000, currency: "__proto__" }],
    [[8_000, "EUR"]],
    [8_000],
    ["80 EUR"],
    [null],
    [undefined],
  ])("%j is not", (value) => {
    expect(isMoney(value)).toBe(false);
  });
});

test("small amounts are written with their leading zero", () => {
  expect(moneyText({ amount: 5, currency: "EUR" })).toBe("0.05 EUR");
  expect(moneyText({ amount: -5, currency: "EUR" })).toBe("-0.05 EUR");
  expect(moneyText({ amount: 5, currency: "JPY" })).toBe("5 JPY");
});
