// Guarantees of the import of orders: exact, repeatable, every row counted or handed back.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Summary } from "../../shared/pipeline/views/summary.ts";
import { aFolder } from "../support/local-folder.ts";
import { type Ended, relance, relanceJson } from "./command-line.ts";

type Count = {
  rows: number;
  applied: number;
  duplicates: number;
  rejected: number;
  profiles: number;
  totals: Record<string, string>;
};

const COLUMNS = ["--customer", "who", "--at", "day", "--amount", "sum", "--currency", "EUR"];

function aFile(text: string | Buffer): string {
  const path = join(aFolder(), "orders.csv");
  writeFileSync(path, text);
  return path;
}

const importing = (path: string, data: string, more: string[] = COLUMNS) =>
  relance(["import", "orders", path, ...more], { data });
const counted = (path: string, data: string, more: string[] = COLUMNS) =>
  relanceJson<Count>(["import", "orders", path, ...more], { data });

describe("relance import orders", () => {
  test("brings in rows as history, counts equal rows of one day, and changes nothing the second time", async () => {
    const path = aFile("who,day,sum\na,2024-01-01,10.10\na,2024-01-01,10.10\nb,2024-02-01T10:00:00Z,0.20\n");
    const data = aFolder();
    expect(await counted(path, data)).toEqual({
      rows: 3,
      applied: 3,
      duplicates: 0,
      rejected: 0,
      profiles: 2,
      totals: { EUR: "20.40" },
    });
    const again = await importing(path, data);
    expect(again).toMatchObject({
      code: 0,
      out: "3 orders of 2 profiles, total 20.40 EUR\n  0 new, 3 duplicate, 0 rejected\n",
    });
    const summary = await relanceJson<Summary>(["summary"], { data });
    expect(summary).toMatchObject({ profiles: 2, events: { byType: { "purchase.completed": 3 } } });
    expect(summary.campaigns.map(({ intended }) => intended)).toEqual(summary.campaigns.map(() => 0));
    expect(existsSync(`${path}.rejects.csv`)).toBe(false);
  });

  test("hands every bad row back with its line and reason, and takes the mended file", async () => {
    const rows = [
      "who,day,sum,n,order",
      "a,2024-01-01,10.00,1,o-1",
      ",2024-01-01,10.00,1,o-2",
      "a,yesterday,10.00,1,o-3",
      "a,2024-02-30,10.00,1,o-4",
      "a,2024-01-01,ten,1,o-5",
      "a,2024-01-01,10.001,1,o-6",
      "a,2024-01-01,-10.00,1,o-7",
      "a,2024-01-01,10.00,many,o-8",
      "a,2024-01-01,10.00,1,",
      "a,2024-01-02,11.00,1,o-1",
      "a,2024-01-01,10.00",
      "a,2999-01-01,10.00,1,o-9",
      "",
      '"a, the ""first""",2024-01-01,"1.234,50",2,o-10',
    ];
    const path = aFile(rows.join("\n"));
    const data = aFolder();
    const options = [...COLUMNS, "--quantity", "n", "--id", "order"];
    const { code, out } = await importing(path, data, options);
    expect({ code, out }).toEqual({
      code: 0,
      out: `2 orders of 2 profiles, total 1,244.50 EUR\n  2 new, 0 duplicate, 11 rejected\n  rejected rows with their reasons: ${path}.rejects.csv\n`,
    });
    const rejects = readFileSync(`${path}.rejects.csv`, "utf8").trimEnd().split("\n");
    expect(rejects[0]).toBe("line,reason,who,day,sum,n,order");
    const reasons = Object.fromEntries(rejects.slice(1).map((line) => [line.slice(0, line.indexOf(",")), line]));
    expect(Object.keys(reasons).map(Number)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    expect(reasons["3"]).toBe('3,"names no customer",,2024-01-01,10.00,1,o-2');
    expect(reasons["4"]).toContain('""yesterday"" is not a date such as 1997-01-31');
    expect(reasons["7"]).toContain('""10.001"" is not an amount of EUR such as 29.90');
    expect(reasons["8"]).toContain("is negative; a refund is not a purchase");
    expect(reasons["9"]).toContain('""many"" is not a quantity');
    expect(reasons["10"]).toContain("has no order id");
    expect(reasons["11"]).toContain("order o-1 stood in an earlier row with other values");
    expect(reasons["12"]).toContain("has 3 fields instead of 5");
    expect(reasons["13"]).toMatch(/future/);
    const mended = aFile([rejects[0], reasons["4"]?.replace(/yesterday(?=,)/, "2023-12-31")].join("\n"));
    expect(await counted(mended, data, options)).toMatchObject({ applied: 1, totals: { EUR: "10.00" } });
  });

  test.each([
    [
      "semicolons, a byte order mark and decimal commas",
      '\uFEFFwho;day;sum\r\n"a;b";2024-01-01;12,50\r\nc;2024-01-02;1.000,05\r\n',
    ],
    ["tabs", "who\tday\tsum\na\t2024-01-01\t12.50\nc\t2024-01-02\t1,000.05\n"],
    [
      "quotes around everything, and a line break inside",
      '"who","day","sum"\n"a\nb","2024-01-01","12.50"\n"c","2024-01-02","1000.05"\n',
    ],
  ])("reads files with %s", async (_, text) => {
    expect(await counted(aFile(text), aFolder())).toMatchObject({
      applied: 2,
      rejected: 0,
      profiles: 2,
      totals: { EUR: "1012.55" },
    });
  });

  test("takes the currency of each row from a column, and keeps currencies apart", async () => {
    const path = aFile("who,day,sum,money\na,2024-01-01,10.50,EUR\na,2024-01-02,1000,jpy\na,2024-01-03,1,euros\n");
    const count = await counted(path, aFolder(), [...COLUMNS.slice(0, 6), "--currency", "money"]);
    expect(count).toMatchObject({ applied: 2, rejected: 1, totals: { EUR: "10.50", JPY: "1000" } });
  });

  test("keeps what was read when a quote is never closed", async () => {
    const path = aFile('who,day,sum\na,2024-01-01,1.00\n"b,2024-01-01,2.00\nc,2024-01-01,3.00\n');
    expect(await counted(path, aFolder())).toMatchObject({ applied: 1, rejected: 1 });
    expect(readFileSync(`${path}.rejects.csv`, "utf8")).toContain(
      '3,"opens a quote that is never closed; nothing behind it could be read"',
    );
  });

  test.each<[string, string | Buffer | undefined, string[], string]>([
    ["a missing file", undefined, COLUMNS, "There is no file none.csv."],
    ["an empty file", "", COLUMNS, "orders.csv is empty."],
    ["a header only", "who,day,sum\n", COLUMNS, "orders.csv has a header and no rows."],
    ["UTF-16", Buffer.from("\uFEFFwho,day,sum", "utf16le"), COLUMNS, "orders.csv is UTF-16; save it as CSV in UTF-8."],
    [
      "a missing column",
      "whom,day,sum\na,2024-01-01,1\n",
      COLUMNS,
      'orders.csv has no column "who". Did you mean whom? Its columns: whom, day, sum.',
    ],
    [
      "a doubled column",
      "who,day,day,sum\na,2024-01-01,2024-01-01,1\n",
      COLUMNS,
      'orders.csv has two columns "day"; rename one of them.',
    ],
    [
      "a currency that is none",
      "who,day,sum\na,2024-01-01,1\n",
      [...COLUMNS.slice(0, 6), "--currency", "eur"],
      "Currencies are written in capitals: --currency EUR.",
    ],
    [
      "--replay alone",
      "who,day,sum\na,2024-01-01,1\n",
      [...COLUMNS, "--replay"],
      "--replay only makes sense together with --trigger.",
    ],
  ])("answers %s with one sentence", async (...given) => {
    const [, text, options, sentence] = given;
    const path = text === undefined ? join(aFolder(), "none.csv") : aFile(text);
    const { code, out, err } = await importing(path, aFolder(), options);
    expect({ out, err }).toEqual({ out: "", err: `relance: ${sentence}\n` });
    expect(code).toBeGreaterThan(0);
  });
});

describe("relance import orders --trigger --replay", () => {
  const orders = "who,day,sum\nb,2024-01-20,90.00\na,2024-01-01,90.00\na,2024-01-01,20.00\n";
  const live = [...COLUMNS, "--trigger", "--replay"];
  const intendedOf = async (data: string) => {
    const { campaigns } = await relanceJson<Summary>(["summary"], { data });
    return Object.fromEntries(campaigns.map(({ id, intended, refusals }) => [id, { intended, refusals }]));
  };

  test("runs the campaigns at the time of the data, whatever the order of the file", async () => {
    const data = aFolder();
    expect((await importing(aFile(orders), data, live)).code).toBe(0);
    expect((await relance(["clock"], { data })).out).toBe("It is 2024-01-20 00:00 UTC.\n");
    // Three days after the first order of 80 euros or more; nobody ever agreed to marketing mail.
    expect(await intendedOf(data)).toMatchObject({ "cross-sell": { intended: 1, refusals: { "consent-unknown": 1 } } });
    await relance(["clock", "P4D"], { data });
    expect(await intendedOf(data)).toMatchObject({ "cross-sell": { intended: 2 } });
    expect((await relance(["profile", "a"], { data })).out).toMatch(
      /2024-01-04 00:\d\d UTC {2}mail cross-sell\/offer-books: REFUSED/,
    );
  });

  test("refuses a folder whose clock is already later than the first order", async () => {
    const data = aFolder();
    await importing(aFile(orders), data, live);
    const { code, err } = await importing(aFile(orders), data, live);
    expect(code).toBe(1);
    expect(err).toMatch(
      /^relance: The clock shows 2024-01-20T\S+, the first order is of 2024-01-01T\S+, .* RELANCE_DATA=\.relance-replay\.\n$/m,
    );
  });
});

const SAMPLE = "../shared/data/cdnow-orders-sample.csv";
const CDNOW = [
  "--customer",
  "customer_id",
  "--at",
  "ordered_on",
  "--amount",
  "amount_usd",
  "--currency",
  "USD",
  "--quantity",
  "quantity",
];

describe.skipIf(!existsSync(SAMPLE))("the CDNOW orders", () => {
  const rejects = () => ["--rejects", join(aFolder(), "rejects.csv")];

  test("the sample gives 6,919 orders of 2,357 profiles, and all duplicates the second time", async () => {
    const data = aFolder();
    const first: Ended = await importing(SAMPLE, data, [...CDNOW, ...rejects()]);
    expect(first.out).toBe(
      "6,919 orders of 2,357 profiles, total 244,091.94 USD\n  6,919 new, 0 duplicate, 0 rejected\n",
    );
    const second = await importing(SAMPLE, data, [...CDNOW, ...rejects()]);
    expect(second.out).toBe(
      "6,919 orders of 2,357 profiles, total 244,091.94 USD\n  0 new, 6,919 duplicate, 0 rejected\n",
    );
    const summary = await relanceJson<Summary>(["summary"], { data });
    expect(summary.shop.gaps).toBeGreaterThan(100);
    expect(summary.campaigns.every(({ intended }) => intended === 0)).toBe(true);
  });

  test("replayed live, its first part finds who falls silent and says why they get no mail", async () => {
    const data = aFolder();
    const part = aFile(readFileSync(SAMPLE, "utf8").split("\n").slice(0, 601).join("\n"));
    const { applied } = await counted(part, data, [...CDNOW, "--trigger", "--replay"]);
    expect(applied).toBe(600);
    const { events, campaigns } = await relanceJson<Summary>(["summary"], { data });
    const winBack = campaigns.find(({ id }) => id === "win-back");
    const silent = events.byType["churn_risk.detected"] as number;
    expect(silent).toBeGreaterThan(100);
    // One letter for each, and a second one to those who stayed silent for twelve more days.
    expect(winBack?.sent).toBe(0);
    expect(winBack?.intended).toBeGreaterThan(1.5 * silent);
    expect(winBack?.intended).toBeLessThanOrEqual(2 * silent);
    expect(winBack?.refusals).toEqual({ "consent-unknown": winBack?.intended });
  });
});
