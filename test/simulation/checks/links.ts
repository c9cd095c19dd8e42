// Decides where the links of a mail lead: those that count clicks to what the template says, and nowhere else.
import type { Mail } from "../../../shared/pipeline/ports.ts";
import type { SendSeen } from "../model.ts";
import { inForce } from "../rules.ts";
import type { World } from "../stage.ts";
import { PUBLIC_URL } from "../worker-ports.ts";

const COUNTED = new RegExp(`"${PUBLIC_URL}/c/([\\w.-]+)"`, "g");
const TRAP = new RegExp(`<a href="${PUBLIC_URL}/c/([\\w.-]+)"[^>]*aria-hidden="true"[^>]*></a>`, "g");
const PAGE = new RegExp(`"${PUBLIC_URL}/p/([\\w.-]+)"`);

/** The HTML as its template has it: counted links by what they lead to, without the trap. */
export function plainHtml(world: World, mail: Mail, send: SendSeen): string {
  const traps = [...mail.html.matchAll(TRAP)];
  const tracking = inForce(world.observer, world.rules, world.scheduler.now).map(
    ({ settings }) => send.purpose === "marketing" && settings.clickTracking !== false,
  );
  if (traps.length > 1 || !tracking.includes(traps.length === 1))
    world.violation("I13", `a mail of ${send.campaign} has ${traps.length} traps`);
  for (const [, token] of traps)
    if (linkOf(token, send)?.isTrap !== true) world.violation("I13", `a trap of ${send.campaign} is none`);
  const page = linkOf(PAGE.exec(mail.html)?.[1], send);
  if (page === undefined) world.violation("I13", `a mail of ${send.campaign} does not lead to the person's own page`);
  return mail.html
    .replace(TRAP, "")
    .replace(PAGE, '"page"')
    .replace(COUNTED, (_, token: string) => {
      const link = linkOf(token, send);
      return link?.url === undefined || link.isTrap === true ? '"nowhere"' : `"${link.url.replaceAll("&", "&amp;")}"`;
    });
}

/** What the token says, if it is of this mail; who follows it finds out whether it is signed. */
function linkOf(token: string | undefined, { id, profileId }: SendSeen): { url?: string; isTrap?: true } | undefined {
  const link = JSON.parse(Buffer.from(token?.split(".")[1] ?? "bnVsbA", "base64url").toString());
  return link?.sendId === id && link.profileId === profileId ? link : undefined;
}
