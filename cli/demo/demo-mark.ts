// Decides what is remembered of the demo load: a folder in which it was cut short is not used, but loaded anew.
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../../shared/pipeline/faults.ts";
import type { LocalHost } from "../host/host.ts";

const META = "demo";
export type DemoMark = "loading" | "loaded";

export function readDemoMark({ data }: LocalHost): DemoMark | undefined {
  return data.store.readMeta(META) as DemoMark | undefined;
}

export function writeDemoMark({ data }: LocalHost, mark: DemoMark): void {
  data.store.writeMeta(META, mark);
}

/** Throws the fault `demo_unfinished` for a folder whose demo load was cut short. */
export function checkDemoIsWhole(host: LocalHost): void {
  if (readDemoMark(host) !== "loading") return;
  const message = `The demo shop in ${host.data.store.folder} is only half loaded: npm start loads it anew.`;
  throw new Fault("demo_unfinished", message, { retryable: false });
}

/** Deletes what a demo load that was cut short has stored; keys and compiled templates stay. The folder must be closed. */
export function dropData(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (/^relance\.db(-|$)/.test(name)) rmSync(join(folder, name), { force: true });
  }
}
