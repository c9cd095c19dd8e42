// Decides whether the links of a mail lead over us, and where they may lead: in marketing, to the shop and to what it names.
import { type Links, signLink } from "../domain/link-token.ts";
import type { Send } from "../domain/send.ts";
import type { Settings } from "../domain/settings.ts";
import type { Template } from "../domain/template.ts";
import { hostsNamedIn, withTrackedLinks } from "../domain/tracked-links.ts";
import type { Ports } from "./ports.ts";

type Written = { send: Pick<Send, "id" | "profileId" | "purpose">; template: Template; html: string };

/** The HTML as it leaves. The text part keeps its addresses: they are read there. */
export async function withCountedLinks(
  { secrets, publicUrl }: Pick<Ports, "secrets" | "publicUrl">,
  { clickTracking, shop }: Pick<Settings, "clickTracking" | "shop">,
  { send, template, html }: Written,
): Promise<string> {
  if (send.purpose !== "marketing" || !clickTracking) return html;
  const secret = await secrets.get("link");
  const { id: sendId, profileId } = send;
  const shopHost = new URL(shop.url).host.replace(/^www\./, "");
  const named = hostsOf(template);
  return withTrackedLinks(html, {
    base: publicUrl,
    trapUrl: shop.url,
    mayLeadTo: (host) => host === shopHost || host.endsWith(`.${shopHost}`) || named.has(host),
    sign: (link: Pick<Links["click"], "url" | "isTrap">) => signLink(secret, "click", { profileId, sendId, ...link }),
  });
}

/** Templates never change once they are published, so each is read once. */
const known = new WeakMap<Template, ReadonlySet<string>>();

function hostsOf(template: Template): ReadonlySet<string> {
  const hosts =
    known.get(template) ?? new Set(Object.values(template.locales).flatMap(({ html }) => hostsNamedIn(html)));
  known.set(template, hosts);
  return hosts;
}
