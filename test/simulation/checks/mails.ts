// Decides whether a mail may look as it does (I13), and that nobody is congratulated twice (I14).
import type { Mail } from "../../../shared/pipeline/ports.ts";
import { type SendSeen, within } from "../model.ts";
import type { World } from "../stage.ts";

const FRESH_MS = 2_000;

export function checkMail(world: World, mail: Mail, send: SendSeen | undefined): void {
  const { observer } = world;
  const headers = Object.entries(mail.headers).flat();
  const lines = [mail.subject, mail.to, mail.from, mail.replyTo ?? "", ...headers, ...Object.values(mail.tags)];
  if (lines.some((line) => /[\r\n]/.test(line))) world.violation("I13", `a line break in ${JSON.stringify(lines)}`);
  const texts = [mail.subject, mail.html, mail.text, ...headers];
  if (texts.some((text) => /\{\{|\{%/.test(text)))
    world.violation("I13", `a template's mark in ${JSON.stringify(texts)}`);
  if (send === undefined) return;
  if (mail.tags["sid"] !== send.id || mail.tags["pid"] !== send.profileId)
    world.violation("I13", `the tags of ${send.id} are ${JSON.stringify(mail.tags)}`);
  if (send.purpose === "marketing" && !hasWayOut(mail))
    world.violation("I13", `a marketing mail without a way out: ${JSON.stringify(mail.headers)}`);
  const claim = send.claims.at(-1);
  if (claim === undefined) {
    world.violation("I1", `${send.campaign} ${send.id} was sent without a claim`);
    return;
  }
  if (!within(claim.email, claim.trueAt, FRESH_MS).includes(mail.to) || observer.pkOf(mail.to) !== claim.address)
    world.violation("I13", `a mail of ${send.campaign} went to ${mail.to}, and was claimed for ${claim.email.now}`);
}

const hasWayOut = ({ headers, html }: Mail) =>
  /^<https:\/\/[^>]+\/u\/[^>]+>$/.test(headers["List-Unsubscribe"] ?? "") &&
  headers["List-Unsubscribe-Post"] === "List-Unsubscribe=One-Click" &&
  html.includes("/u/");

export function checkBirthday(world: World, send: SendSeen | undefined): void {
  if (send?.campaign !== "birthday") return;
  const { observer, startAt, scheduler } = world;
  const years =
    new Date(scheduler.now + 86_400_000).getUTCFullYear() - new Date(startAt - 86_400_000).getUTCFullYear() + 1;
  const sends = [...observer.sends.values()].filter(
    (one) => one.campaign === "birthday" && one.profileId === send.profileId && one.accepted.length > 0,
  );
  const keys = new Set(sends.map(({ key }) => key.split("~", 1)[0]));
  if (sends.length > years || keys.size < sends.length)
    world.violation("I14", `${sends.length} birthday mails for one person in ${years} year(s)`);
}
