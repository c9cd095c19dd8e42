// Decides that the AWS adapters are loaded only when a handler is called outside a host with ports of its own.
// Inside a Lambda bundle `ports-from-env.ts` stands in its place, so that they are loaded while the function starts.
import type { Ports } from "../shared/pipeline/ports.ts";

/** Loads the adapters and builds the ports of one function from the environment. */
export async function portsFromEnv(): Promise<Ports> {
  const adapters = await import("./ports-from-env.ts");
  return adapters.portsFromEnv();
}
