// Guarantees about rights in the local mode: a function can do there what its role lets it do on AWS, and nothing else.
import { describe, expect, test } from "vitest";
import { portsWithin } from "../../cli/host/ports-within.ts";
import { type FunctionWiring, type May, wiring } from "../../infra/wiring.ts";
import type { Ports, QueueName } from "../../shared/pipeline/ports.ts";
import { aServer } from "../support/test-server.ts";

type Call = (ports: Ports) => Promise<unknown>;

/** Every call there is, by the right it needs; reads and writes are told apart by what the table does for them. */
const calls: Record<string, Call> = {
  "table: read": (ports) => ports.table.get({ pk: "X", sk: "X" }),
  "table: read many": (ports) => ports.table.getMany([{ pk: "X", sk: "X" }]),
  "table: read range": (ports) => ports.table.query({ pk: "X" }),
  "table: read index": (ports) => ports.table.queryIndex("list", { pk: "X" }),
  "table: write": (ports) => ports.table.write({ put: { pk: "X", sk: "X", schema: 1 } }),
  "table: write together": (ports) => ports.table.transact([{ put: { pk: "Y", sk: "Y", schema: 1 } }]),
  "table: scan": (ports) => ports.table.scan({ segment: 0, segments: 1 }),
  "bus: publish": (ports) => ports.bus.publish([{ source: "shop", type: "x", detail: {}, at: 0 }]),
  "mail: quota": (ports) => ports.mailer.quota(),
  "mail: send": (ports) => ports.mailer.lookup("s-1"),
  "mail: suppressed": (ports) => ports.mailer.suppressed({ since: 0 }),
  "copies: forget": (ports) => ports.copies.forget(() => false),
  "erasures: note": (ports) =>
    ports.erasures.note({ profileId: "p-1", erasedAt: 0, by: "person", identities: [], addresses: [] }),
  "erasures: list": (ports) => ports.erasures.list(),
  "secrets: identity": (ports) => ports.secrets.get("identity"),
  "secrets: link": (ports) => ports.secrets.get("link"),
  "secrets: writeKeys": (ports) => ports.secrets.sourceOf("some-key"),
};
const queues = Object.keys(wiring.queues) as QueueName[];
for (const name of queues) calls[`queues: ${name}`] = (ports) => ports.queues[name].send([{ body: {} }]);

function isGranted(may: May, call: string): boolean {
  const [port, what = ""] = call.split(": ") as [keyof May, string];
  return (may[port] ?? []).some((right) => what === right || what.startsWith(`${right} `));
}

/** Which calls come through, and that the others are refused and not merely failing. */
async function granted(ports: Ports): Promise<string[]> {
  const passed: string[] = [];
  for (const [name, call] of Object.entries(calls)) {
    const said = await call(ports).then(
      () => "done",
      (error: { code?: string }) => error.code ?? "failed",
    );
    expect([name, ["done", "no_right"].includes(said), said]).toEqual([name, true, said]);
    if (said === "done") passed.push(name);
  }
  return passed;
}

describe("each function in the local mode", () => {
  test.each(Object.entries(wiring.functions) as [string, FunctionWiring][])(
    "%s may do what the wiring says, and nothing else",
    async (name, wired) => {
      const { host } = await aServer({ published: false });
      const found = await granted(portsWithin(host.data.ports, name, wired));
      expect(found).toEqual(Object.keys(calls).filter((call) => isGranted(wired.may, call)));
    },
  );

  test("without rights keeps its clock, ids and log; a refusal says which function has no right to what", async () => {
    const { host } = await aServer({ published: false });
    const ports = portsWithin(host.data.ports, "helpless", { may: {} });
    expect(await granted(ports)).toEqual([]);
    expect(ports.clock.now()).toBeGreaterThan(0);
    expect(ports.ids.next()).toMatch(/^[a-z0-9]{16}/);
    await expect(ports.table.scan({ segment: 0, segments: 1 })).rejects.toMatchObject({
      code: "no_right",
      retryable: false,
      message: "The function helpless has no right to table: scan: infra/wiring.ts says what it may touch.",
    });
  });
});
