// Decides how the local mode logs: one JSON line a message, on standard error, from a level upwards.
import type { JsonObject } from "../../domain/json.ts";
import type { Log } from "../../pipeline/ports.ts";

const LEVELS = ["info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LEVELS)[number];

/** Makes a log that writes what is at least `level` ("info"); `write` gets each line and defaults to standard error. */
export function consoleLog(options: { level?: LogLevel; write?: (line: string) => void } = {}): Log {
  const least = LEVELS.indexOf(options.level ?? "info");
  const write = options.write ?? ((line: string) => process.stderr.write(line));
  const at = (level: LogLevel) => (message: string, fields?: JsonObject) => {
    if (LEVELS.indexOf(level) >= least) write(`${JSON.stringify({ level, message, ...fields })}\n`);
  };
  return { info: at("info"), warn: at("warn"), error: at("error") };
}
