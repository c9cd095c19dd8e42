// Decides how a person's consents are shown, and how the company notes what it was told on other ways.
import { proofTextSchema } from "../../shared/domain/trait-check.ts";
import type { ConsentsView } from "../../shared/pipeline/views/consents.ts";
import { withClient } from "../client.ts";
import type { Arguments, Call, Command } from "../command.ts";
import { type ConsentAnswer, changedText, consentsText } from "../consent-text.ts";
import { jsonText } from "../output.ts";
import { PROFILE_SAYS, profilePath } from "../profile-path.ts";
import { UsageError } from "../usage-error.ts";

export const command: Command = {
  name: "consent",
  says: "Show what a person agreed to, with the proof of every change; or note what they told you on other ways.",
  positionals: [{ name: "PROFILE", says: PROFILE_SAYS, required: true }],
  options: {
    deny: { type: "text", value: "PURPOSE", says: "they said no: marketing, or open-tracking; counts at once" },
    grant: {
      type: "text",
      value: "PURPOSE",
      says: "they said yes; lifts no earlier no, which only they can do themselves",
    },
    how: { type: "text", value: "TEXT", says: "with --deny or --grant: by what means, for the proof" },
    wording: { type: "text", value: "VERSION", says: "with --grant: which wording they agreed to" },
  },
  examples: [
    ["consent u-00042", "what holds for each purpose, since when, and who said so"],
    ['consent u-00042 --deny marketing --how "letter of 2 March"', "no marketing mail leaves to them any more"],
  ],
  run,
};

type Word = { purpose: string; state: "granted" | "denied"; how: string; wording?: string };

async function run({ args, environment, output }: Call): Promise<number> {
  const word = wordOf(args);
  const { answer, text } = await withClient(environment, async (client) => {
    const path = `${await profilePath(client, args.positionals[0] ?? "")}/consents`;
    if (word === undefined) {
      const view = await client.get<ConsentsView>(path);
      return { answer: view, text: consentsText(view) };
    }
    const changed = await client.post<ConsentAnswer>(path, word).catch((error: unknown) => {
      const { code, message } = error as { code?: string; message: string };
      throw code === "unknown_purpose" || code === "bad_request" ? new UsageError(message) : error;
    });
    return { answer: changed, text: changedText(changed, word) };
  });
  output.out(args.flag("json") ? jsonText(answer) : text);
  return 0;
}

function wordOf(args: Arguments): Word | undefined {
  const [deny, grant, how, wording] = ["deny", "grant", "how", "wording"].map((name) => args.text(name));
  if (deny !== undefined && grant !== undefined)
    throw new UsageError("--deny and --grant are two things: say one of them.");
  const purpose = deny ?? grant;
  if (purpose === undefined) {
    if (how === undefined && wording === undefined) return undefined;
    throw new UsageError("--how and --wording go with --deny PURPOSE or --grant PURPOSE.");
  }
  if (how === undefined)
    throw new UsageError('say by what means they told you, for the proof: --how "letter of 2 March".');
  if ([how, wording].some((text) => text !== undefined && !proofTextSchema.safeParse(text).success))
    throw new UsageError('--how and --wording take one line of 1 to 200 characters each: --how "letter of 2 March".');
  const state = deny === undefined ? "granted" : "denied";
  return { purpose, state, how, ...(wording !== undefined && { wording }) };
}
