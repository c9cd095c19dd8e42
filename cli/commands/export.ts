// Decides how everything that is kept of a person is handed out: as one JSON document, on the screen or in a file.
import { closeSync, constants, existsSync, fchmodSync, ftruncateSync, openSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { Fault } from "../../shared/pipeline/faults.ts";
import { withClient } from "../client.ts";
import type { Call, Command } from "../command.ts";
import { jsonText } from "../output.ts";
import { PROFILE_SAYS, profilePath } from "../profile-path.ts";
import { UsageError } from "../usage-error.ts";

const { O_CREAT, O_EXCL, O_WRONLY } = constants;

export const command: Command = {
  name: "export",
  says: "Export everything that is kept of a person as one JSON: for whoever asks what you know of them.",
  positionals: [{ name: "PROFILE", says: PROFILE_SAYS, required: true }],
  options: {
    out: { type: "text", value: "FILE", says: "write it there, readable by you alone, instead of on the screen" },
    force: { type: "flag", says: "with --out: write over a file that is there already" },
  },
  examples: [
    ["export u-00042", "traits, consents with proofs, events with decisions, mails with reasons"],
    ["export u-00042 --out u-00042.json", "the same in a file"],
  ],
  run,
};

async function run({ args, environment, output }: Call): Promise<number> {
  const out = args.text("out");
  const isForced = args.flag("force");
  if (out === undefined && isForced) throw new UsageError("--force goes with --out FILE.");
  const file = out === undefined ? undefined : resolve(environment.calledIn ?? ".", out);
  if (file !== undefined && !isForced && existsSync(file)) throw exists(file);
  const everything = await withClient(environment, async (client) =>
    client.get(`${await profilePath(client, args.positionals[0] ?? "")}/export`),
  );
  if (file === undefined) {
    output.out(jsonText(everything));
    return 0;
  }
  writePrivately(file, jsonText(everything), { isForced });
  output.out(args.flag("json") ? jsonText({ file }) : `Written to ${file}.\n`);
  return 0;
}

/** Nobody else can read the file at any moment, whatever could be done with the one that it is written over. */
function writePrivately(file: string, text: string, { isForced }: { isForced: boolean }): void {
  try {
    const descriptor = openSync(file, isForced ? O_WRONLY | O_CREAT : O_WRONLY | O_CREAT | O_EXCL, 0o600);
    try {
      fchmodSync(descriptor, 0o600);
      ftruncateSync(descriptor);
      writeFileSync(descriptor, text);
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") throw exists(file);
    throw new Fault("file_unwritable", `${file} cannot be written: ${(cause as Error).message}.`, {
      retryable: false,
      cause,
    });
  }
}

const exists = (file: string) =>
  new Fault("file_exists", `${file} is there already; nothing was written. Name another file, or say --force.`, {
    retryable: false,
  });
