// Decides how time is moved from the command line.
import { withClient } from "../client.ts";
import type { Call, Command } from "../command.ts";
import { jsonText, timeText } from "../output.ts";
import { UsageError } from "../usage-error.ts";

export const command: Command = {
  name: "clock",
  says: "Show the local clock, or move it forward: everything due in between happens, in order.",
  positionals: [{ name: "TO", says: "how far (P3D, PT2H, P1M) or until when (2027-01-01T08:00:00Z)" }],
  options: {},
  examples: [
    ["clock", "what time it is"],
    ["clock P3D", "three days pass: waits end, birthdays come, silence grows"],
    ["clock 2027-01-01T08:00:00Z", "time passes until that instant; it never goes back"],
  ],
  run,
};

async function run({ args, environment, output }: Call): Promise<number> {
  const given = args.positionals[0];
  if (given !== undefined && !/^(P\w|\d{4}-\d\d-\d\d)/i.test(given)) {
    throw new UsageError(`"${given}" is neither a duration such as P3D nor an instant such as 2027-01-01T08:00:00Z.`);
  }
  const clock = await withClient(environment, (client) => {
    if (given === undefined) return client.get<{ now: string }>("/api/clock");
    return client.post<{ now: string }>(
      "/api/clock",
      /^P/i.test(given) ? { advance: given.toUpperCase() } : { to: given },
    );
  });
  output.out(args.flag("json") ? jsonText(clock) : `It is ${timeText(clock.now)}.\n`);
  return 0;
}
