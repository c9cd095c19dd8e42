// Decides which adapters stand behind the ports on AWS. The only file of the functions that reads the environment.

import { awsClients } from "../shared/adapters/aws/clients.ts";
import { DynamoTable } from "../shared/adapters/aws/dynamo-table.ts";
import { eventBus } from "../shared/adapters/aws/event-bus.ts";
import { powertoolsLog } from "../shared/adapters/aws/powertools-log.ts";
import { sesMailer } from "../shared/adapters/aws/ses-mailer.ts";
import { sqsCopies } from "../shared/adapters/aws/sqs-copies.ts";
import { sqsQueue } from "../shared/adapters/aws/sqs-queue.ts";
import { ssmSecrets } from "../shared/adapters/aws/ssm-secrets.ts";
import { systemClock } from "../shared/adapters/aws/system-clock.ts";
import { systemIds } from "../shared/adapters/aws/system-ids.ts";
import { tableErasures } from "../shared/adapters/table-erasures.ts";
import { MINUTE_MS } from "../shared/domain/instant.ts";
import { Fault } from "../shared/pipeline/faults.ts";
import type { Ports, QueueName, Table } from "../shared/pipeline/ports.ts";

const SUMMARY_MAX_AGE_MS = MINUTE_MS;

/** Builds the ports of one function; a port its environment does not name throws a fault when it is used. */
export function portsFromEnv(environment: Record<string, string | undefined> = process.env): Ports {
  const clients = awsClients();
  const clock = systemClock;
  const given = <P extends object>(variable: string, build: (value: string) => P): P => {
    const value = environment[variable];
    return value ? build(value) : absent<P>(variable);
  };
  const queue = (name: QueueName) =>
    given(`RELANCE_QUEUE_${name.toUpperCase()}`, (url) => sqsQueue({ client: clients.queues, url }));
  return {
    table: given("RELANCE_TABLE", (table): Table => new DynamoTable({ client: clients.table, table })),
    bus: given("RELANCE_BUS", (busName) => eventBus({ client: clients.bus, busName })),
    queues: {
      events: queue("events"),
      sends: queue("sends"),
      feedback: queue("feedback"),
      jobs: queue("jobs"),
      rejected: queue("rejected"),
    },
    mailer: given("RELANCE_CONFIGURATION_SET", (configurationSet) =>
      sesMailer({ client: clients.mail, configurationSet, clock }),
    ),
    secrets: given("RELANCE_SECRETS_PREFIX", (prefix) => ssmSecrets({ client: clients.secrets, prefix, clock })),
    copies: given("RELANCE_DEAD_LETTERS", (urls) => sqsCopies({ client: clients.queues, urls: urls.split(" ") })),
    erasures: given("RELANCE_ERASURES", (table) => tableErasures(new DynamoTable({ client: clients.table, table }))),
    clock,
    ids: systemIds,
    log: powertoolsLog({ serviceName: environment["RELANCE_FUNCTION"] ?? "relance" }),
    name: environment["RELANCE_NAME"] ?? "relance",
    publicUrl: (environment["RELANCE_PUBLIC_URL"] ?? "").replace(/\/+$/, ""),
    summaryMaxAgeMs: SUMMARY_MAX_AGE_MS,
  };
}

/** Stands for a port this function has no right to: whatever is asked of it fails, and says which variable is missing. */
function absent<P extends object>(variable: string): P {
  return new Proxy({} as P, {
    // Not to be taken for a promise when it is passed through `await`.
    get: (_, property) =>
      property === "then"
        ? undefined
        : async () => {
            throw new Fault("port_not_configured", `${variable} is not set for this function.`, { retryable: false });
          },
  });
}
