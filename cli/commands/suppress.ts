// Decides how an operator closes an address for every mail.
import { withClient } from "../client.ts";
import type { Call, Command } from "../command.ts";
import { jsonText } from "../output.ts";
import { UsageError } from "../usage-error.ts";

export const command: Command = {
  name: "suppress",
  says: "Close an e-mail address for every mail, marketing and service; this cannot be undone by this command.",
  positionals: [
    {
      name: "EMAIL",
      says: "the address: name@domain; also one that nobody has yet; the answer does not tell whether anybody has it",
      required: true,
    },
  ],
  options: {},
  examples: [["suppress anna@example.com", "from now on no mail leaves to anna@example.com"]],
  run,
};

async function run({ args, environment, output }: Call): Promise<number> {
  const [email = ""] = args.positionals;
  const answer = await withClient(environment, async (client) => {
    try {
      return await client.post<{ suppressed: boolean; reason: string }>("/api/suppressions", { email });
    } catch (error) {
      if ((error as { code?: string }).code === "not_an_address") throw new UsageError((error as Error).message);
      throw error;
    }
  });
  const text =
    "The address is closed: no mail is sent to it any more. Mails that were handed over before may still arrive.\n";
  output.out(args.flag("json") ? jsonText(answer) : text);
  return 0;
}
