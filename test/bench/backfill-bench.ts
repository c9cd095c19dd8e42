// Measures a back-fill: a new segment computed over existing profiles of a local data folder, live server or not.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openHost } from "../../cli/host/host.ts";
import type { Definition } from "../../shared/domain/definition.ts";
import { DAY_MS, iso } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { importPage } from "../../shared/pipeline/import-page.ts";
import { smallShopDefinitions } from "../support/small-shop.ts";
import type { Row } from "./row.ts";

const PROFILES = 10_000;
const PAGE = 500;

const RULES: [what: string, where: JsonObject][] = [
  ["one in ten becomes a member", { trait: "tenth", eq: 3 }],
  ["absence rule: everyone a member, with a wake-up", { didNot: "page.viewed", for: "30 days" }],
  ["sum of all orders", { sum: "purchase.completed", of: "amount", within: "90 days", gte: "50 EUR" }],
];

async function profilesPerSecond(where: JsonObject, profiles: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "relance-bench-"));
  const host = await openHost({ folder, publicUrl: "http://127.0.0.1:8787", logLevel: "error" });
  try {
    const { ports } = host.data;
    const shop = (await smallShopDefinitions()).filter(({ kind }) => kind === "settings");
    await publish(ports, shop);
    const now = ports.clock.now();
    for (let start = 0; start < profiles; start += PAGE) {
      const facts = Array.from({ length: PAGE }, (_, index) => {
        const n = start + index;
        const occurredAt = iso(now - (10 + (n % 60)) * DAY_MS);
        const amount = { amount: 3_000 + n, currency: "EUR" };
        return {
          type: "purchase.completed",
          userId: `u-${n}`,
          id: `o-${n}`,
          occurredAt,
          traits: { tenth: n % 10 },
          properties: { amount },
        };
      });
      await importPage(ports, facts, { source: "import.bench", trigger: false });
    }
    const segment: Definition = {
      kind: "segment",
      id: "new",
      file: "segments/new.yaml",
      lines: {},
      body: { segment: "new", title: "New", where },
    };
    const before = performance.now();
    await publish(ports, [...shop, segment]);
    await host.settle();
    return profiles / ((performance.now() - before) / 1_000);
  } finally {
    await host.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Profiles per second from the publication to the end of its back-fill. */
export async function benchBackfill({ quick }: { quick: boolean }): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [what, where] of RULES) {
    const value = await profilesPerSecond(where, quick ? PROFILES / 10 : PROFILES);
    rows.push({
      what: `back-fill of a new segment, ${what}`,
      value: `${Math.round(value).toLocaleString("en")} profiles/s`,
      bar: "5,000/s",
    });
  }
  return rows;
}
