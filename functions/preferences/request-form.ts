// Decides what the form looks like by which somebody gets the link to their page.
import { type Html, html } from "../../shared/domain/markup.ts";
import type { Language } from "../../shared/domain/why-words.ts";
import { wordsOf } from "./words.ts";

/** The form; `wrong`: what was written and is no address. */
export function requestForm(language: Language, { action, wrong }: { action?: string; wrong?: string } = {}): Html {
  const { requestIntro, email, requestButton, emailWrong } = wordsOf(language);
  const problem = html`<p class="wrong" id="email-wrong" role="alert">${emailWrong}</p>`;
  // Not type="email" alone: what a browser calls an address is not what mail can go to, and our sentence is in the page's language.
  const input = html`<input id="email" name="email" type="email" autocomplete="email" inputmode="email" maxlength="320" required value="${wrong ?? ""}"${wrong === undefined ? undefined : html` aria-invalid="true" aria-describedby="email-wrong"`}>`;
  return html`<p>${requestIntro}</p>
<form class="wide" method="post"${action === undefined ? undefined : html` action="${action}"`} novalidate>${wrong === undefined ? undefined : problem}<label for="email">${email}</label>${input}<button class="main">${requestButton}</button></form>`;
}
