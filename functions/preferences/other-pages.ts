// Decides what else people may see on the way to their choices: the question before an erasure, and links that open nothing.
import { html } from "../../shared/domain/markup.ts";
import type { Opened } from "../../shared/pipeline/open-preferences.ts";
import type { HttpAnswer } from "../http-function.ts";
import { type Frame, pageAnswer } from "./page.ts";
import { requestForm } from "./request-form.ts";
import { wordsOf } from "./words.ts";

/** What an erasure means, and the button that does it. */
export function erasePage(frame: Frame): HttpAnswer {
  const { eraseTitle: title, eraseMeans, eraseButton, back } = wordsOf(frame.language);
  const body = html`<ul>${eraseMeans.map((one) => html`<li>${one}</li>`)}</ul>
<form method="post"><input type="hidden" name="action" value="erase"><input type="hidden" name="confirm" value="yes"><button class="alarm">${eraseButton}</button></form>
<p><a href="?">${back}</a></p>`;
  return pageAnswer(200, frame, { title, body });
}

/** What is said to whoever wants to download or erase by a link that may not: nothing was done, and how to get one that may. */
export function confirmPage(frame: Frame, maskedAddress: string): HttpAnswer {
  const { byMailTitle: title, byMailNothing, byMail, byMailButton, backToPage } = wordsOf(frame.language);
  const body = html`<p>${byMailNothing} ${byMail(maskedAddress)}</p>
<form method="post"><input type="hidden" name="action" value="confirm"><button class="main">${byMailButton}</button></form>
<p><a href="?">${backToPage}</a></p>`;
  return pageAnswer(403, frame, { title, body });
}

/** For a choice that there is not. */
export function wrongPage(frame: Frame): HttpAnswer {
  const { wrongTitle: title, wrong, backToPage } = wordsOf(frame.language);
  return pageAnswer(400, frame, { title, body: html`<p>${wrong}</p><p><a href="?">${backToPage}</a></p>` });
}

/** What a link shows that does not open the page: why, and how to get one that does. */
export function closedPage(kind: Exclude<Opened["kind"], "open">, frame: Frame, refused: boolean): HttpAnswer {
  const words = wordsOf(frame.language);
  const form = requestForm(frame.language, { action: "../p" });
  if (kind === "unknown")
    return pageAnswer(404, frame, { title: words.unknownTitle, body: html`<p>${words.unknown}</p>${form}` });
  if (kind === "expired")
    return pageAnswer(410, frame, { title: words.expiredTitle, body: html`<p>${words.expired}</p>${form}` });
  if (kind === "gone") {
    const body = html`<p class="status" role="status">${words.gone}</p><p>${words.goneReason}</p>
<p>${words.goneBack} <a href="../p">${words.requestTitle}</a></p>`;
    return pageAnswer(200, frame, { title: words.goneTitle, body });
  }
  const sayNo = html`<form method="post"><input type="hidden" name="action" value="refuse"><input type="hidden" name="purpose" value="marketing"><button>${words.unsubscribeButton}</button></form>`;
  const body = html`${refused ? html`<p class="status" role="status">${words.unsubscribed}</p>` : undefined}
<p>${words.elsewhere}</p>${refused ? undefined : sayNo}${form}`;
  return pageAnswer(200, frame, { title: words.elsewhereTitle, body });
}
