// Measures the CPU time of explaining one rule, clause by clause.
import { compileCatalogue, DEFAULT_CONSTANTS } from "../../shared/domain/catalogue.ts";
import { factsAt } from "../../shared/domain/deciding.ts";
import type { Definition } from "../../shared/domain/definition.ts";
import { explainClause } from "../../shared/domain/explain.ts";
import { fold } from "../../shared/domain/fold.ts";
import { DAY_MS } from "../../shared/domain/instant.ts";
import type { Json } from "../../shared/domain/json.ts";
import { newProfile } from "../../shared/domain/profile.ts";
import { smallShopDefinitions } from "../support/small-shop.ts";
import type { Row } from "./row.ts";

const START = Date.parse("2026-03-02T08:00:00Z");
const RULES = 200;
const ROUNDS = 200;
const PURCHASES = 60;

/** Rules of six clauses each: traits, counts in windows, a sum by day, a silence, below all, any and not. */
const ruleOf = (n: number): Json => ({
  all: [
    { trait: "country", in: ["FR", "BE"] },
    {
      any: [
        { did: "purchase.completed", atLeast: 2 + (n % 5), within: "90 days" },
        { sum: "purchase.completed", of: "amount", within: `${30 + (n % 60)} days`, gte: `${100 + n} EUR` },
      ],
    },
    { not: { didNot: "purchase.completed", for: `${20 + (n % 40)} days` } },
    { trait: "age", gte: 18 },
  ],
});

function segmentOf(n: number): Definition {
  const lines = Object.fromEntries(
    ["", ".all[0]", ".all[1]", ".all[1].any[0]", ".all[1].any[1]", ".all[2]", ".all[2].not", ".all[3]"].map(
      (path, line) => [`where${path}`, `${line + 3}:5`],
    ),
  );
  const body = { segment: `s-${n}`, title: `Segment ${n}`, where: ruleOf(n) };
  return { kind: "segment", id: `s-${n}`, file: `segments/s-${n}.yaml`, lines, body };
}

/** CPU microseconds of `explainClause` per rule, on a profile with two months of daily purchases. */
export async function benchExplain(): Promise<Row[]> {
  const settings = (await smallShopDefinitions()).filter(({ kind }) => kind === "settings");
  const segments = Array.from({ length: RULES }, (_, n) => segmentOf(n));
  const catalogue = compileCatalogue([...settings, ...segments], {
    revision: "bench",
    seq: 1,
    constants: DEFAULT_CONSTANTS,
  });
  const profile = newProfile("p", START, { counters: catalogue.countersHash, seq: 1 });
  const event = { source: "bench", late: false, hops: 0 };
  for (let n = 0; n < PURCHASES; n++) {
    const at = START + n * DAY_MS;
    const properties = { amount: { amount: 1_000, currency: "EUR" } };
    const traits = n === 0 ? { traits: { country: "FR", age: 30 } } : {};
    const type = "purchase.completed";
    fold(profile, { ...event, ...traits, id: `e-${n}`, type, occurredAt: at, receivedAt: at, properties }, catalogue);
  }
  const at = START + PURCHASES * DAY_MS;
  const run = (rounds: number) => {
    const before = process.cpuUsage();
    for (let round = 0; round < rounds; round++) {
      for (const { rule, definition } of catalogue.segments) {
        explainClause(rule, { facts: factsAt({ draft: profile, catalogue }, at), at, definition });
      }
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / (rounds * RULES);
  };
  run(ROUNDS / 4);
  return [{ what: "explain, a rule of eight clauses", value: `${run(ROUNDS).toFixed(1)} µs`, bar: "20 µs" }];
}
