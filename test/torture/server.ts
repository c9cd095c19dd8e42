// Serves the local mode exactly as `npm start` does (the command line follows), but for the mailer, which misbehaves as
// the variable RELANCE_TORTURE says.
import { SqliteOutbox } from "../../shared/adapters/local/sqlite-outbox.ts";
import { type NastyMailer, nastySend } from "./nasty-mailer.ts";

const how = JSON.parse(process.env["RELANCE_TORTURE"] ?? "") as NastyMailer;
const { send } = SqliteOutbox.prototype;
const nasty = nastySend(how);
SqliteOutbox.prototype.send = function (mail) {
  return nasty(mail, () => send.call(this, mail));
};
if (how.lookup === "unknowable") SqliteOutbox.prototype.lookup = async () => "unknowable";

await import("../../cli/main.ts");
