// Decides what a mail looks like when it leaves: rendered in the person's language, with the headers the law asks for.
import type { Catalogue } from "../domain/catalogue.ts";
import { unsubscribeToken } from "../domain/link-token.ts";
import { render } from "../domain/render.ts";
import { localeFor } from "../domain/settings.ts";
import { textTrait } from "../domain/trait.ts";
import { zoneOf } from "../domain/zone.ts";
import { profilePk } from "./keys.ts";
import type { Mail, Ports } from "./ports.ts";
import { readEvent } from "./records/event-record.ts";
import type { Loaded } from "./send-facts.ts";

/** Renders the send for its profile (1 read); a problem of the template or its data is an answer, not a fault. */
export async function composeMail(
  ports: Ports,
  catalogue: Catalogue,
  loaded: Loaded,
): Promise<Mail | { problem: string }> {
  const { record, profile, facts } = loaded;
  const { send } = record;
  const causeItem = await ports.table.get({ pk: profilePk(profile.id), sk: send.causeSk });
  const cause = causeItem && readEvent(causeItem);
  const { shop, locales } = catalogue.settings;
  const template = catalogue.templates.get(send.template);
  if (template === undefined) return { problem: `template ${send.template} is not published any more` };
  if (facts.email === undefined) return { problem: "the profile has no address" };
  const unsubscribe = `${ports.publicUrl}/u/${unsubscribeToken(await ports.secrets.get("link"), { profileId: profile.id, sendId: send.id, purpose: "marketing" })}`;
  const rendered = render(template, {
    locale: localeFor(textTrait(profile.traits, "locale"), locales),
    profile: Object.fromEntries(Object.entries(profile.traits).map(([name, { value }]) => [name, value])),
    event: { ...cause?.properties, type: cause?.type ?? "" },
    shop,
    links: { unsubscribe },
    timezone: zoneOf(profile.traits, catalogue.settings.timezone),
  });
  if ("problem" in rendered) return { problem: `${rendered.problem.part ?? "mail"}: ${rendered.problem.message}` };
  return {
    sendId: send.id,
    from: shop.from,
    to: facts.email,
    ...(shop.replyTo !== undefined && { replyTo: shop.replyTo }),
    ...rendered,
    headers: {
      "Auto-Submitted": "auto-generated",
      ...(send.purpose === "marketing" && {
        "List-Unsubscribe": `<${unsubscribe}>`,
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
      }),
    },
    tags: { sid: send.id, pid: profile.id },
  };
}
