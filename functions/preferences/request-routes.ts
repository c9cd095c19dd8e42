// Decides how somebody without a link gets one: a form, and an answer that does not tell whether the address is known.
import { performance } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { html } from "../../shared/domain/markup.ts";
import { openShop } from "../../shared/pipeline/open-preferences.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";
import { requestLink } from "../../shared/pipeline/request-link.ts";
import type { HttpRequest, HttpRoute } from "../http-function.ts";
import { formOf } from "./form.ts";
import { languageOf } from "./language.ts";
import { type Frame, pageAnswer } from "./page.ts";
import { requestForm } from "./request-form.ts";
import { wordsOf } from "./words.ts";

/**
 * No answer comes before this: the mail that follows for somebody known is mostly written by then, so neither the work itself
 * nor what it costs whoever asks next is to be felt.
 */
const ANSWER_AFTER_MS = 100;

/** The routes of `/p`. The language is the browser's: the person's own would tell that they are known. */
export function requestRoutes(ports: Ports): HttpRoute[] {
  const frameOf = async (request: HttpRequest): Promise<Frame> => {
    const { shop, locale } = await openShop(ports);
    return { shop, language: languageOf(request, { shopLocale: locale }) };
  };
  const show = async (request: HttpRequest) => {
    const frame = await frameOf(request);
    const { requestTitle: title } = wordsOf(frame.language);
    return pageAnswer(200, frame, { title, body: requestForm(frame.language) });
  };
  const ask = async (request: HttpRequest) => {
    const begun = performance.now();
    const frame = await frameOf(request);
    const words = wordsOf(frame.language);
    const written = formOf(request)("email") ?? "";
    if (await requestLink(ports, written)) {
      await setTimeout(begun + ANSWER_AFTER_MS - performance.now());
      const body = html`<p class="status" role="status">${words.requested}</p>`;
      return pageAnswer(200, frame, { title: words.requestedTitle, body });
    }
    const body = requestForm(frame.language, { wrong: written.slice(0, 320) });
    return pageAnswer(400, frame, { title: words.requestTitle, said: words.emailWrong, body });
  };
  return [
    { method: "GET", path: "/p", handler: show },
    { method: "POST", path: "/p", handler: ask },
  ];
}
