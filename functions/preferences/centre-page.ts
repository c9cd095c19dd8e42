// Decides what the page of one's choices and data looks like: what is received, a pause, why mails came, the data.
import { type Html, html } from "../../shared/domain/markup.ts";
import { type Choice, dayText, howText, type Language, type Reader, whyWords } from "../../shared/domain/why-words.ts";
import type { Centre } from "../../shared/pipeline/open-preferences.ts";
import type { HttpAnswer } from "../http-function.ts";
import { pageAnswer } from "./page.ts";
import { type Words, wordsOf } from "./words.ts";

/** How long one may pause, in days. */
export const PAUSES = [30, 90] as const;

/** What was done just now: keys of `Words.done`. */
export type Done = keyof Words["done"];

/** How a purpose reads; those that the shop made up itself by their name. */
function purposeWords(words: Words, purpose: string) {
  const known: Record<string, ReturnType<Words["otherPurpose"]>> = words.purposes;
  return Object.hasOwn(known, purpose) ? (known[purpose] as (typeof known)[string]) : words.otherPurpose(purpose);
}

/** Which version of our words somebody agreed to. */
export const wordingOf = (language: Language, purpose: string) => purposeWords(wordsOf(language), purpose).wording;

/** The whole page; `done` says above all what has just been changed. */
export function centrePage(centre: Centre, language: Language, done: Done | undefined): HttpAnswer {
  const words = wordsOf(language);
  const reader = { language, zone: centre.zone };
  const { firstName, maskedAddress: address, closedBy } = centre;
  const said = done && words.done[done](address);
  const body = html`${said && html`<p class="status" role="status">${said}</p>`}
<p>${firstName === undefined ? words.aboutAlone(address) : `${words.hello(firstName)} ${words.about(address)}`}</p>
${closedBy && html`<p class="wrong">${words.closed[closedBy]}</p>`}
<section aria-labelledby="receive"><h2 id="receive">${words.receive}</h2>${centre.choices.map((choice) => choicePart(choice, words, reader))}</section>
<section aria-labelledby="pause"><h2 id="pause">${words.pause}</h2>${pausePart(centre, words, reader)}</section>
<section aria-labelledby="why"><h2 id="why">${words.why}</h2>${whyPart(centre, words, reader)}</section>
<section aria-labelledby="data"><h2 id="data">${words.data}</h2>${dataPart(centre, words)}</section>`;
  return pageAnswer(200, { language, shop: centre.shop }, { title: words.title, said, body });
}

function choicePart({ purpose, state, said }: Choice, words: Words, reader: Reader): Html {
  const { name, about, agree, refuse } = purposeWords(words, purpose);
  const means = said?.how && words.by(howText(said.how, reader));
  const since =
    said && `${words.since(dayText(said.at, reader))}${means ?? ""}${said.byPerson ? "" : words.toldBySystem}`;
  return html`<h3>${name}</h3><p class="quiet">${about}</p><p><strong>${words.state[state]}</strong>${since}.</p>
${state === "granted" ? undefined : button({ action: "agree", purpose }, agree)}${state === "denied" ? undefined : button({ action: "refuse", purpose }, refuse)}`;
}

function pausePart({ pausedUntil }: Centre, words: Words, reader: Reader): Html {
  if (pausedUntil !== undefined)
    return html`<p><strong>${words.pausedUntil(dayText(pausedUntil, reader))}</strong></p>${button({ action: "resume" }, words.resumeButton)}`;
  return html`<p class="quiet">${words.pauseAbout}</p>${PAUSES.map((days) => button({ action: "pause", days: String(days) }, words.pauseButton(days)))}`;
}

function whyPart({ mails }: Centre, words: Words, reader: Reader): Html {
  if (mails.length === 0) return html`<p>${words.whyNothing}</p>`;
  const item = ([what, happened, ground]: ReturnType<typeof whyWords>) =>
    html`<li><strong>${what}</strong> ${happened} ${ground}</li>`;
  return html`<ul>${mails.map((mail) => item(whyWords(mail, reader)))}</ul>`;
}

function dataPart({ needsFreshLink, maskedAddress }: Centre, words: Words): Html {
  if (needsFreshLink)
    return html`<p class="quiet">${words.byMail(maskedAddress)}</p>
<p>${words.exportAbout}</p>${button({ action: "confirm" }, words.byMailExport)}
<p>${words.eraseAbout}</p>${button({ action: "confirm" }, words.byMailErase)}`;
  return html`<p>${words.exportAbout}</p>${button({ action: "export" }, words.exportButton)}
<p>${words.eraseAbout}</p><p><a href="?ask=erase">${words.eraseLink}</a></p>`;
}

/** A form of one button, which needs no script. */
function button(fields: Record<string, string>, label: string): Html {
  const inputs = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return html`<form method="post">${inputs}<button>${label}</button></form>`;
}
