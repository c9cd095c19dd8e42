// Measures what rule engines from npm take for the rules of decide-bench, in the same run. They cannot count in windows, so
// they are given the count; they neither explain nor remember.
import { LogicEngine } from "json-logic-engine";
import { Engine } from "json-rules-engine";
import type { Row } from "./row.ts";

const CAMPAIGNS = 200;

/** The facts one event of decide-bench has, flattened. */
const FACTS = { amount: 500_000, currency: "EUR", country: "FR", purchases: 0, vip: false };

async function cpuMicroseconds(events: number, once: () => Promise<unknown> | unknown): Promise<number> {
  for (let n = 0; n < events / 4; n++) await once();
  const before = process.cpuUsage();
  for (let n = 0; n < events; n++) await once();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / events;
}

function jsonRulesEngine(): () => Promise<unknown> {
  const engine = new Engine();
  for (let n = 0; n < CAMPAIGNS; n++) {
    engine.addRule({
      event: { type: `c-${n}` },
      conditions: {
        all: [
          { fact: "currency", operator: "equal", value: "EUR" },
          { fact: "amount", operator: "greaterThanInclusive", value: (1_000 + n) * 100 },
          { fact: "country", operator: "in", value: ["FR", "BE"] },
          { fact: "purchases", operator: "greaterThanInclusive", value: 2 },
          { fact: "vip", operator: "notEqual", value: true },
        ],
      },
    });
  }
  return () => engine.run(FACTS);
}

function jsonLogicEngine(): () => unknown {
  const engine = new LogicEngine();
  const rules = Array.from({ length: CAMPAIGNS }, (_, n) =>
    engine.build({
      and: [
        { "==": [{ var: "currency" }, "EUR"] },
        { ">=": [{ var: "amount" }, (1_000 + n) * 100] },
        { in: [{ var: "country" }, ["FR", "BE"]] },
        { ">=": [{ var: "purchases" }, 2] },
        { "!=": [{ var: "vip" }, true] },
      ],
    }),
  );
  return () => rules.map((rule) => rule(FACTS));
}

/** CPU microseconds per event for 200 rules, all asked. */
export async function benchPeers(): Promise<Row[]> {
  const rules = await cpuMicroseconds(200, jsonRulesEngine());
  const logic = await cpuMicroseconds(20_000, jsonLogicEngine());
  return [
    { what: "json-rules-engine, the same 200 rules, true or false only", value: `${rules.toFixed(0)} µs`, bar: "" },
    {
      what: "json-logic-engine (compiled), the same 200 rules, true or false only",
      value: `${logic.toFixed(1)} µs`,
      bar: "",
    },
  ];
}
