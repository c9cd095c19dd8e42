// Decides how an earlier publication comes back: its revision is planned against what is live, and published anew.
import { Fault } from "../../shared/pipeline/faults.ts";
import type { PlanView } from "../../shared/pipeline/plans.ts";
import type { PublicationView } from "../../shared/pipeline/views/publications.ts";
import { withClient } from "../client.ts";
import type { Call, Command } from "../command.ts";
import { goLive, publishOptions } from "../plan/go-live.ts";

export const command: Command = {
  name: "rollback",
  says: "Publish an earlier revision again, as a new publication; shows the difference first.",
  positionals: [{ name: "SEQ|REVISION", says: "which one: its number, or the start of its revision (the one before)" }],
  options: publishOptions,
  examples: [
    ["rollback", "goes back to what was live before"],
    ["rollback 3 --yes", "publishes the definitions of publication 3 again, without asking"],
  ],
  stops: true,
  run,
};

type Past = PublicationView["history"][number];

async function run(call: Call): Promise<number> {
  const given = call.args.positionals[0];
  return withClient(call.environment, async (client) => {
    const target = targetOf(await client.get<PublicationView>("/api/catalogue"), given);
    const plan = await client.post<PlanView>("/api/plans", { draft: target.revision });
    const from = `publication ${target.seq} (${target.revision.slice(0, 8)})`;
    return goLive(call, client, { ...plan, from, note: `rollback to publication ${target.seq}` });
  });
}

function targetOf({ active, history }: PublicationView, given: string | undefined): Past {
  const found =
    given === undefined
      ? history.find(({ revision }) => revision !== active?.revision)
      : (history.find(({ seq }) => String(seq) === given) ??
        history.find(({ revision }) => given.length >= 4 && revision.startsWith(given)));
  if (found !== undefined) return found;
  const known = history.map(({ seq, revision }) => `${seq} (${revision.slice(0, 8)})`).join(", ");
  const message =
    given === undefined
      ? "There is nothing to go back to: only one revision was ever published."
      : `There is no publication ${given}. There are: ${known}.`;
  throw new Fault("no_such_publication", message, { retryable: false });
}
