// Decides what feedback looks like that nobody can place: of mails and people that are not known, or of no form at all.
import { iso } from "../../shared/domain/instant.ts";
import type { Json } from "../../shared/domain/json.ts";
import { noteReport } from "./checks/told.ts";
import type { SendSeen } from "./model.ts";
import type { World } from "./stage.ts";

const STRANGER = "stranger@nowhere.example";
const LONG = 20_000;

export function strayBody(world: World, what: string, send: SendSeen | undefined): Json {
  const timestamp = iso(world.scheduler.now);
  const tags = {
    sid: [what === "unknown-send" ? "nosuchsend" : (send?.id ?? "none")],
    pid: [send?.profileId ?? "none"],
  };
  const mail = { timestamp, messageId: "m-stray", destination: [STRANGER] };
  const bounce = { timestamp, bounceType: "Permanent", bounceSubType: "General", bouncedRecipients: [] };
  const wrapped = (event: Json) => ({
    Type: "Notification",
    MessageId: `stray-${what}`,
    Message: JSON.stringify(event),
  });
  switch (what) {
    case "unknown-send":
      noteReport(world, { to: STRANGER, sendId: "nosuchsend" }, "Bounce");
      return wrapped({ eventType: "Bounce", mail: { ...mail, tags }, bounce });
    case "unknown-profile":
      return wrapped({
        eventType: "Delivery",
        mail: { ...mail, tags: { ...tags, pid: ["nobody"] } },
        delivery: { timestamp, recipients: [STRANGER] },
      });
    case "no-tags":
      noteReport(world, { to: STRANGER, sendId: "none" }, "Complaint");
      return wrapped({
        eventType: "Complaint",
        mail,
        complaint: { timestamp, complainedRecipients: [{ emailAddress: STRANGER }] },
      });
    case "hostile":
      return wrapped({
        eventType: "Bounce",
        mail: { ...mail, tags: { sid: "x", pid: { $ne: 1 } }, destination: [`a${"a".repeat(LONG)}`, "\u0000"] },
        bounce: { ...bounce, bounceType: "Transient", bouncedRecipients: "<script>", diagnosticCode: "%".repeat(LONG) },
      });
    default:
      return { Type: "Notification", Message: "{{{" };
  }
}
