// Decides which environment variables a function gets: exactly what its rights let it use.
// The names are those `functions/ports-from-env.ts` reads.
import type { Surroundings } from "./grants.ts";
import { unconsumed } from "./queues.ts";
import type { FunctionWiring } from "./wiring.ts";

/** The variables of one function; what it may not touch it is not told of. */
export function environmentOf(
  name: string,
  wired: FunctionWiring,
  around: Surroundings & { name: string; publicUrl: string },
): Record<string, string> {
  const { may } = wired;
  const queues = (may.queues ?? []).map((queue) => [
    `RELANCE_QUEUE_${queue.toUpperCase()}`,
    around.queues[queue].queue.queueUrl,
  ]);
  return {
    RELANCE_FUNCTION: name,
    RELANCE_NAME: around.name,
    RELANCE_PUBLIC_URL: around.publicUrl,
    NODE_OPTIONS: "--enable-source-maps",
    ...(may.table && { RELANCE_TABLE: around.tableName }),
    ...(may.bus && { RELANCE_BUS: around.busName }),
    ...(may.mail && { RELANCE_CONFIGURATION_SET: around.configurationSetName }),
    ...(may.secrets && { RELANCE_SECRETS_PREFIX: around.secretsPrefix }),
    ...(may.erasures && { RELANCE_ERASURES: around.erasuresTableName }),
    ...(may.copies && {
      RELANCE_DEAD_LETTERS: unconsumed(around.queues)
        .map((queue) => queue.queueUrl)
        .join(" "),
    }),
    ...Object.fromEntries(queues),
  };
}
