// Prints the numbers of docs/performance.md as one Markdown table; `--quick` takes a tenth of the load.
import { cpus } from "node:os";
import { benchBackfill } from "./backfill-bench.ts";
import { benchDecide } from "./decide-bench.ts";
import { benchExplain } from "./explain-bench.ts";
import { benchForecast } from "./forecast-bench.ts";
import { benchPeers } from "./peers-bench.ts";
import type { Row } from "./row.ts";
import { benchLocalMode } from "./throughput-bench.ts";
import { benchUnits } from "./units-bench.ts";

const quick = process.argv.includes("--quick");

function print(rows: Row[]): void {
  for (const { what, value, bar } of rows) console.log(`| ${what} | ${value} | ${bar} |`);
}

console.log(
  `Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model ?? "unknown"})${quick ? ", quick: a tenth of the load" : ""}\n`,
);
console.log("| what | measured | bar |\n|---|---|---|");
print(await benchDecide());
print(await benchPeers());
print(await benchExplain());
print(await benchForecast({ quick }));
print(await benchBackfill({ quick }));
print(await benchLocalMode({ quick }));
print(await benchUnits());
