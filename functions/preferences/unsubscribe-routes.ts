// Decides how the unsubscribe link of a mail is answered: a look changes nothing, a POST says no before it answers.
import { html } from "../../shared/domain/markup.ts";
import { ownMeans } from "../../shared/domain/why-words.ts";
import { openShop } from "../../shared/pipeline/open-preferences.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";
import { openPreferences, type PreferencesPage, unsubscribe } from "../../shared/pipeline/preferences.ts";
import type { HttpAnswer, HttpRequest, HttpRoute } from "../http-function.ts";
import { formOf } from "./form.ts";
import { languageOf } from "./language.ts";
import { pageAnswer } from "./page.ts";
import { wordsOf } from "./words.ts";

/** Tells the button of our page from the one click of a mail program (RFC 8058), which sends no field of ours. */
const BY_PAGE = "page";

/** The routes of `/u/{token}`. Whatever a POST carries, it says no: a mail program's request has no cookie and no login. */
export function unsubscribeRoutes(ports: Ports): HttpRoute[] {
  const opened = ({ pathParameters }: HttpRequest) => openPreferences(ports, pathParameters?.["token"] ?? "");
  const show = async (request: HttpRequest) => {
    const page = await opened(request);
    return page === undefined ? notOursPage(ports, request) : askPage(request, page);
  };
  const optOut = async (request: HttpRequest) => {
    const page = await opened(request);
    if (page === undefined) return notOursPage(ports, request);
    const how = formOf(request)("by") === BY_PAGE ? ownMeans.unsubscribePage : ownMeans.oneClick;
    await unsubscribe(ports, page.link, how);
    return donePage(request, page);
  };
  return [
    { method: "GET", path: "/u/{token}", handler: show },
    { method: "POST", path: "/u/{token}", handler: optOut },
  ];
}

const frameOf = (request: HttpRequest, { shop, locale, wanted }: PreferencesPage) => ({
  shop,
  language: languageOf(request, { shopLocale: locale, ...(wanted !== undefined && { wanted }) }),
});

function askPage(request: HttpRequest, page: PreferencesPage): HttpAnswer {
  const frame = frameOf(request, page);
  const { unsubscribe: title, unsubscribeAsk, unsubscribeButton } = wordsOf(frame.language);
  const body = html`<p>${unsubscribeAsk}</p>
<form method="post"><input type="hidden" name="by" value="${BY_PAGE}"><button class="main">${unsubscribeButton}</button></form>`;
  return pageAnswer(200, frame, { title, body });
}

function donePage(request: HttpRequest, page: PreferencesPage): HttpAnswer {
  const frame = frameOf(request, page);
  const { unsubscribe: title, unsubscribed, unsubscribedMore, askForLink } = wordsOf(frame.language);
  const body = html`<p class="status" role="status">${unsubscribed}</p>
<p>${unsubscribedMore} <a href="../p">${askForLink}</a>.</p>`;
  return pageAnswer(200, frame, { title, said: unsubscribed, body });
}

/** For a link that we did not sign, or that stands for something else. */
export async function notOursPage(ports: Ports, request: HttpRequest): Promise<HttpAnswer> {
  const { shop, locale } = await openShop(ports);
  const frame = { shop, language: languageOf(request, { shopLocale: locale }) };
  const { unknownTitle: title, unknown, unsubscribedMore, askForLink } = wordsOf(frame.language);
  const body = html`<p>${unknown}</p><p>${unsubscribedMore} <a href="../p">${askForLink}</a>.</p>`;
  return pageAnswer(404, frame, { title, body });
}
