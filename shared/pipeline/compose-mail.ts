// Decides what a mail looks like when it leaves: rendered in the person's language, with the headers the law asks for.
import type { Catalogue } from "../domain/catalogue.ts";
import { freshness } from "../domain/fresh-link.ts";
import { groundOf } from "../domain/ground.ts";
import { DAY_MS } from "../domain/instant.ts";
import { signLink } from "../domain/link-token.ts";
import { type RenderInput, render } from "../domain/render.ts";
import type { Send } from "../domain/send.ts";
import { localeFor } from "../domain/settings.ts";
import { textTrait } from "../domain/trait.ts";
import { zoneOf } from "../domain/zone.ts";
import { withCountedLinks } from "./counted-links.ts";
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
  const links = await linksOf(ports, send, cause?.type);
  const rendered = render(template, {
    locale: localeFor(textTrait(profile.traits, "locale"), locales),
    profile: Object.fromEntries(Object.entries(profile.traits).map(([name, { value }]) => [name, value])),
    event: { ...cause?.properties, type: cause?.type ?? "" },
    shop,
    links,
    lawfulBasis: groundOf(send.purpose, facts, ports.clock.now()),
    timezone: zoneOf(profile.traits, catalogue.settings.timezone),
  });
  if ("problem" in rendered) return { problem: `${rendered.problem.part ?? "mail"}: ${rendered.problem.message}` };
  return {
    sendId: send.id,
    from: shop.from,
    to: facts.email,
    ...(shop.replyTo !== undefined && { replyTo: shop.replyTo }),
    ...rendered,
    html: await withCountedLinks(ports, catalogue.settings, { send, template, html: rendered.html }),
    headers: {
      "Auto-Submitted": "auto-generated",
      ...(send.purpose === "marketing" && {
        "List-Unsubscribe": `<${links.unsubscribe}>`,
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
      }),
    },
    tags: { sid: send.id, pid: profile.id },
    tracksOpens: facts.mayTrackOpens === true,
  };
}

/** How long a link to the person's choices is good for; the one that says no never ends. */
const PREFERENCES_MS = 90 * DAY_MS;

async function linksOf(
  ports: Ports,
  { id: sendId, profileId }: Send,
  causeType: string | undefined,
): Promise<RenderInput["links"]> {
  const secret = await ports.secrets.get("link");
  const now = ports.clock.now();
  const page = { profileId, sendId, expiresAt: now + PREFERENCES_MS, ...freshness(causeType, now) };
  return {
    unsubscribe: `${ports.publicUrl}/u/${signLink(secret, "unsubscribe", { profileId, sendId, purpose: "marketing" })}`,
    preferences: `${ports.publicUrl}/p/${signLink(secret, "preferences", page)}`,
  };
}
