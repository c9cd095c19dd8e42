// Decides what a function of the local mode may touch: what the wiring gives it and nothing else, as its role does on AWS.
import type { FunctionWiring, May } from "../../infra/wiring.ts";
import { Fault } from "../../shared/pipeline/faults.ts";
import type { Ports, Queue, QueueName, SecretName } from "../../shared/pipeline/ports.ts";

/** Answers for a call without a right: always a rejection, as AWS refuses a call and not a look at it. */
type Refuse = (what: string) => () => Promise<never>;

/** For each right of the wiring: the ports it stands for, with only what is granted. Clock, ids and log need none. */
const narrowed: {
  [R in keyof May]-?: (ports: Ports, granted: NonNullable<May[R]>, refuse: Refuse) => Partial<Ports>;
} = {
  table: (ports, granted, refuse) => {
    const read = { get: "read", getMany: "read", query: "read", queryIndex: "read" } as const;
    // No function may scan the table, not even one that reads it.
    const rights = { ...read, write: "write", transact: "write", scan: "scan" } as const;
    return { table: only(ports.table, rights, { granted, refuse, of: "table" }) };
  },
  bus: (ports, granted, refuse) => ({
    bus: only(ports.bus, { publish: "publish" }, { granted, refuse, of: "bus" }),
  }),
  queues: (ports, granted, refuse) => {
    const queueOf = ([name, queue]: [string, Queue]) => [
      name,
      granted.includes(name as QueueName) ? queue : { send: refuse(`queues: ${name}`) },
    ];
    return { queues: Object.fromEntries(Object.entries(ports.queues).map(queueOf)) as Ports["queues"] };
  },
  mail: (ports, granted, refuse) => {
    // The provider cannot be asked about one mail: on AWS a look-up calls nothing.
    const rights = { send: "send", lookup: "send", quota: "quota", suppressed: "suppressed" } as const;
    return { mailer: only(ports.mailer, rights, { granted, refuse, of: "mail" }) };
  },
  copies: (ports, granted, refuse) => ({
    copies: only(ports.copies, { forget: "forget" }, { granted, refuse, of: "copies" }),
  }),
  erasures: (ports, granted, refuse) => ({
    erasures: only(ports.erasures, { note: "note", list: "list" }, { granted, refuse, of: "erasures" }),
  }),
  secrets: ({ secrets }, granted, refuse) => ({
    secrets: {
      get: (name: SecretName) => (granted.includes(name) ? secrets.get(name) : refuse(`secrets: ${name}`)()),
      sourceOf: granted.includes("writeKeys")
        ? (writeKey: string) => secrets.sourceOf(writeKey)
        : refuse("secrets: writeKeys"),
    },
  }),
};

/** The ports as one function has them. Whatever it has no right to throws the fault `no_right`. */
export function portsWithin(ports: Ports, name: string, { may }: Pick<FunctionWiring, "may">): Ports {
  const refuse: Refuse = (what) => async () => {
    const message = `The function ${name} has no right to ${what}: infra/wiring.ts says what it may touch.`;
    throw new Fault("no_right", message, { retryable: false });
  };
  const parts = (Object.keys(narrowed) as (keyof May)[]).map((right) =>
    (narrowed[right] as (ports: Ports, granted: readonly string[], refuse: Refuse) => Partial<Ports>)(
      ports,
      may[right] ?? [],
      refuse,
    ),
  );
  return Object.assign({ ...ports }, ...parts);
}

type Narrowing = { granted: readonly string[]; refuse: Refuse; of: string };

/** A port with the calls whose right is granted; the others are refused. */
function only<P extends object>(port: P, rights: Record<keyof P, string>, { granted, refuse, of }: Narrowing): P {
  const calls = Object.entries<string>(rights).map(([call, right]) => {
    const granting = (...given: unknown[]) =>
      (port[call as keyof P] as (...args: unknown[]) => unknown).apply(port, given);
    return [call, granted.includes(right) ? granting : refuse(`${of}: ${right}`)];
  });
  return Object.fromEntries(calls) as P;
}
