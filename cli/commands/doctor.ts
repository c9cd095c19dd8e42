// Decides how the doctor is asked: everything that is not as it should be, with the next step; findings are no failure.
import type { DoctorView } from "../../shared/pipeline/views/doctor.ts";
import { withClient } from "../client.ts";
import type { Call, Command } from "../command.ts";
import { doctorText } from "../doctor-text.ts";
import { jsonText } from "../output.ts";

export const command: Command = {
  name: "doctor",
  says: "Look for what is not as it should be: data that serves no purpose, consent, the mail provider; each with the next step.",
  positionals: [],
  options: {},
  examples: [
    ["doctor", "what was found, what it means, and the command or the lines to paste"],
    ["doctor --json", "the same for a machine; it ends with 0, whatever was found"],
  ],
  run,
};

async function run({ args, environment, output }: Call): Promise<number> {
  const view = await withClient(environment, (client) => client.get<DoctorView>("/api/doctor"));
  output.out(args.flag("json") ? jsonText(view) : `${doctorText(view)}\n`);
  return 0;
}
