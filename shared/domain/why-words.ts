// Decides how somebody reads why they got a mail: what it was, what had happened, and what allowed it; in French and English.
import type { Purpose, Trigger } from "./campaign.ts";
import { type Consent, type ConsentState, consentPurposes } from "./consent.ts";
import { foreignText } from "./foreign-text.ts";
import type { Ground } from "./ground.ts";
import type { Instant } from "./instant.ts";

/** What people are spoken to in on our pages, whatever languages the mails have. */
export const languages = ["fr", "en"] as const;
export type Language = (typeof languages)[number];

/** What a mail was about. `trigger` and `segmentTitle` are absent where nobody knows any more. */
export type MailStory = {
  title: string;
  sentAt: Instant;
  purpose: Purpose;
  ground: Ground;
  /** The agreement it rested on, where it did. */
  consent?: Pick<Consent, "at" | "how">;
  cause: { type: string; at: Instant };
  trigger?: Trigger;
  segmentTitle?: string;
};

/** In which language, and on whose calendar (IANA zone). */
export type Reader = { language: Language; zone: string };

/** "2 March 2026", as the reader's calendar has it. */
export function dayText(at: Instant, { language, zone }: Reader): string {
  return new Intl.DateTimeFormat(language === "fr" ? "fr-FR" : "en-GB", { dateStyle: "long", timeZone: zone }).format(
    at,
  );
}

/** What the reader did, or what happened to them; the types that every shop has. */
const HAPPENED: Record<Language, Record<string, string>> = {
  fr: {
    "lead.created": "vous nous avez laissé votre adresse",
    "purchase.completed": "vous avez passé une commande",
    "cart.updated": "vous avez laissé quelque chose dans votre panier",
    "birthday.reached": "c’était votre anniversaire",
    "churn_risk.detected": "nous n’avions plus eu de vos nouvelles depuis un moment",
    "preferences.requested": "vous nous avez demandé le lien vers cette page",
  },
  en: {
    "lead.created": "you left us your address",
    "purchase.completed": "you placed an order",
    "cart.updated": "you left something in your cart",
    "birthday.reached": "it was your birthday",
    "churn_risk.detected": "we had not heard from you for a while",
    "preferences.requested": "you asked us for the link to this page",
  },
};

const WORDS = {
  fr: {
    quote: (text: string) => `« ${text} »`,
    sent: (title: string, day: string) => `${title}, envoyé le ${day}.`,
    on: (day: string, happened: string) => `Le ${day}, ${happened}.`,
    other: (type: string) => `il s’est passé ceci sur votre compte : ${type}`,
    entered: (group: string) => `vous êtes entré(e) dans un groupe de clients, ${group}`,
    left: (group: string) => `vous avez quitté un groupe de clients, ${group}`,
    planned: "Nous avions prévu ce jour-là une lettre à plusieurs lecteurs.",
    service: "Ce n’était pas une publicité : il se rapporte à ce que vous avez fait ou demandé.",
    consent: "Nous pouvions vous l’envoyer parce que vous avez accepté nos nouvelles.",
    consentOn: (day: string, how: string) =>
      `Nous pouvions vous l’envoyer parce que vous avez accepté nos nouvelles le ${day}${how}.`,
    customer: "Nous pouvions vous l’envoyer parce que vous avez acheté chez nous et ne vous y étiez pas opposé(e).",
    interest:
      "Nous pouvions vous l’envoyer parce que nous y avons un intérêt légitime et que vous ne vous y étiez pas opposé(e).",
  },
  en: {
    quote: (text: string) => `“${text}”`,
    sent: (title: string, day: string) => `${title}, sent on ${day}.`,
    on: (day: string, happened: string) => `On ${day}, ${happened}.`,
    other: (type: string) => `this happened with your account: ${type}`,
    entered: (group: string) => `you came into a group of customers, ${group}`,
    left: (group: string) => `you left a group of customers, ${group}`,
    planned: "We had planned a letter to several readers for that day.",
    service: "It was no advertisement: it is about something you did or asked for.",
    consent: "We could send it because you agreed to hear from us.",
    consentOn: (day: string, how: string) => `We could send it because you agreed to hear from us on ${day}${how}.`,
    customer: "We could send it because you bought from us and had not objected.",
    interest: "We could send it because we have a legitimate interest in it and you had not objected.",
  },
} as const;

/** Three sentences: what was sent, what had happened, what allowed it. The texts of others in them are as they are: escape. */
export function whyWords(story: MailStory, reader: Reader): [what: string, happened: string, ground: string] {
  const words = WORDS[reader.language];
  return [
    words.sent(words.quote(story.title), dayText(story.sentAt, reader)),
    happenedText(story, reader),
    groundText(story, reader),
  ];
}

function happenedText({ trigger, cause, segmentTitle }: MailStory, reader: Reader): string {
  const words = WORDS[reader.language];
  if (trigger?.kind === "schedule") return words.planned;
  const group = words.quote(segmentTitle ?? (trigger?.kind === "segment" ? trigger.segment : ""));
  const known = HAPPENED[reader.language];
  const event = Object.hasOwn(known, cause.type) ? (known[cause.type] as string) : words.other(words.quote(cause.type));
  const happened = trigger?.kind === "segment" ? words[trigger.change](group) : event;
  return words.on(dayText(cause.at, reader), happened);
}

function groundText({ ground, consent }: MailStory, reader: Reader): string {
  const words = WORDS[reader.language];
  if (ground === "service") return words.service;
  if (ground === "existing-customer") return words.customer;
  if (ground === "legitimate-interest") return words.interest;
  if (consent === undefined) return words.consent;
  const how = consent.how === undefined ? "" : ` (${howText(consent.how, reader)})`;
  return words.consentOn(dayText(consent.at, reader), how);
}

/** How somebody may say yes or no through Relance itself. */
export const ownMeans = {
  oneClick: "one-click unsubscribe",
  unsubscribePage: "unsubscribe page",
  preferenceCentre: "preference centre",
  mailProgram: "mail program",
} as const;

/** As long as a source may tell. */
const MAX_MEANS = 200;

const MEANS_FR: Record<string, string> = {
  [ownMeans.oneClick]: "désabonnement en un clic",
  [ownMeans.unsubscribePage]: "page de désabonnement",
  [ownMeans.preferenceCentre]: "cette page",
  [ownMeans.mailProgram]: "votre logiciel de messagerie",
};
const MEANS_EN: Record<string, string> = {
  [ownMeans.preferenceCentre]: "this page",
  [ownMeans.mailProgram]: "your mail program",
};

/** By what means somebody spoke; what sources say of it stands in quotes. */
export function howText(how: string, { language }: Pick<Reader, "language">): string {
  const known = language === "fr" ? MEANS_FR : MEANS_EN;
  if (Object.hasOwn(known, how)) return known[how] as string;
  return Object.values<string>(ownMeans).includes(how) ? how : WORDS[language].quote(foreignText(how, MAX_MEANS) ?? "");
}

/** A person's word on a purpose at an instant, by the words that changed it (oldest first); `undefined`: none yet. */
export function wordAt<T extends Pick<Consent, "purpose" | "at" | "state">>(
  words: readonly T[],
  purpose: string,
  at: Instant,
): T | undefined {
  return words.findLast((word) => word.purpose === purpose && word.at <= at);
}

/** What somebody chose, as their page shows it; `lawful`: nothing was said, and it happens all the same. */
export type Choice = {
  purpose: string;
  state: ConsentState | "lawful" | "unasked";
  /** Since when, by what means, and whether it was the person who said so; absent where nobody did. */
  said?: { at: Instant; how?: string; byPerson: boolean };
};

/**
 * Purposes that a page offers: those everybody is asked about, then whatever else was said of the person. Not service: such
 * mails come in any case, and who is passed a link must not turn off by it the mails that keep the person's data theirs.
 */
export function purposesOffered(consents: Readonly<Record<string, unknown>>): string[] {
  const said = Object.keys(consents).filter((purpose) => purpose !== "service");
  return [...new Set<string>([...consentPurposes, ...said.toSorted()])];
}
