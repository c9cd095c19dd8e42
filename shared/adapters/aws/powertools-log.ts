// Decides how log lines look on AWS: one JSON object a line, through the Powertools logger.
import { Logger } from "@aws-lambda-powertools/logger";
import type { Log } from "../../pipeline/ports.ts";

/** The log on Powertools; Lambda's own log level setting decides what is written. */
export function powertoolsLog(options: { serviceName: string }): Log {
  const logger = new Logger({ serviceName: options.serviceName });
  return {
    info: (message, fields = {}) => logger.info(message, fields),
    warn: (message, fields = {}) => logger.warn(message, fields),
    error: (message, fields = {}) => logger.error(message, fields),
  };
}
