// Serves a data folder as it is, as a process of its own that a test may kill: node bare-server.ts FOLDER WRITE_KEY
import { openHost } from "../../cli/host/host.ts";
import { serve } from "../../cli/host/http-server.ts";

const [folder, writeKey] = process.argv.slice(2) as [string, string];
const host = await openHost({ folder, publicUrl: "http://127.0.0.1:8787", writeKey, logLevel: "error" });
const server = await serve(host, { port: 0 });
process.once("SIGTERM", () => {
  server
    .close()
    .then(() => host.close())
    .catch(() => process.exit(1));
});
host.start();
process.stdout.write(`running at http://127.0.0.1:${server.port}\n`);
