// Decides how a function meets Lambda: its ports are built from the environment once, at the first call.
import { withoutData } from "../shared/pipeline/error-text.ts";
import type { Ports } from "../shared/pipeline/ports.ts";
import { portsFromEnv } from "./ports-on-demand.ts";

/** What Lambda calls. */
export type LambdaHandler = (event: unknown, context: unknown) => Promise<unknown>;

/**
 * Makes a Lambda handler of a function that is told its ports. A host with ports of its own calls `create` itself and
 * never loads the AWS SDK; a failed build of the ports is tried again at the next call.
 */
export function onAws(create: (ports: Ports) => LambdaHandler): LambdaHandler {
  let handler: Promise<LambdaHandler> | undefined;
  const build = async (): Promise<LambdaHandler> => create(await portsFromEnv());
  return async (event, context) => {
    handler ??= build();
    const ready = await handler.catch((cause: unknown) => {
      handler = undefined;
      throw cause;
    });
    return ready(event, context).catch((error: unknown) => {
      // Lambda writes what a function throws into the log.
      throw withoutData(error);
    });
  };
}
