// Decides what a mail must say: the text of its template in the person's language, their name, and their own way out.
import { readLink } from "../../../shared/domain/link-token.ts";
import type { Mail } from "../../../shared/pipeline/ports.ts";
import type { SendSeen } from "../model.ts";
import type { World } from "../stage.ts";
import { PUBLIC_URL, secretOf } from "../worker-ports.ts";
import { plainHtml } from "./links.ts";
import { factsOf, traitsOf } from "./may.ts";
import { type Told, textOf } from "./past.ts";

const LINKS =
  '<a href="https://shop.example/a?b=1&amp;c=2">A</a><a href="https://shop.example/b">B</a>' +
  '<a href="https://shop.example/c#d">C</a><a href="page">mine</a>';

const escaped = (text: string) => text.replace(/[<>]/g, (sign) => (sign === "<" ? "&lt;" : "&gt;"));
const words = (text: string) => text.replace(/\s+/g, " ").trim();

export function checkText(world: World, mail: Mail, send: SendSeen): void {
  const what = `the mail of ${send.campaign} ${send.id.slice(0, 6)}`;
  const token = /\/u\/([\w.-]+)/.exec(mail.text)?.[1] ?? "";
  const link = readLink(secretOf("link"), "unsubscribe", { token, now: 0 });
  const isOwn =
    link !== undefined && link !== "expired" && link.profileId === send.profileId && link.sendId === send.id;
  // A service mail may offer a way out of marketing instead.
  if (!isOwn || (link.purpose !== send.purpose && link.purpose !== "marketing"))
    world.violation("I13", `${what} has a way out for ${JSON.stringify(link)}`);
  const url = `${PUBLIC_URL}/u/${token}`;
  const listed = mail.headers["List-Unsubscribe"];
  if (!mail.html.includes(`"${url}"`) || (listed !== undefined && listed !== `<${url}>`))
    world.violation("I13", `${what} has several ways out: ${mail.html} ${listed}`);
  if (mail.headers["Auto-Submitted"] !== "auto-generated")
    world.violation("I13", `${what} does not say it is automatic`);
  const expected = factsOf(world, send).people.map((item) => textsFor(send.template, traitsOf(item), url));
  const found = words([mail.subject, plainHtml(world, mail, send), mail.text].join(" | "));
  if (!expected.includes(found))
    world.violation("I13", `${what} says ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`);
}

/** What the templates of the shop come to. */
function textsFor(template: string, traits: Told | undefined, url: string): string {
  const isFrench = textOf(traits, "locale") === "fr";
  const name = textOf(traits, "firstName") ?? "you";
  const hi = isFrench ? "Salut" : "Hi";
  const subject = template === "picky" ? `${hi} ${textOf(traits, "nickname")}` : isFrench ? hi : `${hi} ${name}`;
  return words(
    [subject, `<p>Hi ${escaped(name)}</p>${LINKS}<a href="${url}">bye</a> 1 Street`, `Hi ${name} ${url} 1 Street`].join(
      " | ",
    ),
  );
}
