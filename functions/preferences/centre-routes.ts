// Decides how the page of one's choices is answered: a look changes nothing, each button one thing, and then the page again.

import { ownMeans } from "../../shared/domain/why-words.ts";
import { type Act, audited } from "../../shared/pipeline/audit.ts";
import { endPause, noteOwnAct, pauseFor } from "../../shared/pipeline/change-preferences.ts";
import { erasePerson } from "../../shared/pipeline/erasure/erase.ts";
import { type Centre, type Opened, openCentre } from "../../shared/pipeline/open-preferences.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";
import { choose } from "../../shared/pipeline/preferences.ts";
import { requestFreshLink } from "../../shared/pipeline/request-link.ts";
import { exportPerson } from "../../shared/pipeline/views/export.ts";
import { bounded } from "../bounded-answer.ts";
import { type HttpAnswer, type HttpRequest, type HttpRoute, queryOf } from "../http-function.ts";
import { centrePage, type Done, PAUSES, wordingOf } from "./centre-page.ts";
import { formOf } from "./form.ts";
import { languageOf } from "./language.ts";
import { closedPage, confirmPage, erasePage, wrongPage } from "./other-pages.ts";
import { type Frame, seeOther } from "./page.ts";
import { wordsOf } from "./words.ts";

/** The routes of `/p/{token}`. */
export function centreRoutes(ports: Ports): HttpRoute[] {
  const tokenOf = ({ pathParameters }: HttpRequest) => pathParameters?.["token"] ?? "";
  const show = async (request: HttpRequest) => {
    const opened = await openCentre(ports, tokenOf(request));
    const frame = frameOf(request, opened);
    const done = doneOf(request, frame);
    if (opened.kind !== "open") return closedPage(opened.kind, frame, done === "refused");
    if (queryOf(request, "ask") !== "erase") return centrePage(opened, frame.language, done);
    return opened.needsFreshLink ? confirmPage(frame, opened.maskedAddress) : erasePage(frame);
  };
  const change = async (request: HttpRequest) => {
    const token = tokenOf(request);
    const opened = await openCentre(ports, token);
    const frame = frameOf(request, opened);
    const field = formOf(request);
    const again = (query: string) => seeOther(`/p/${token}?${query}`);
    if (opened.kind === "open") return act(ports, opened, { request, field, frame, again });
    if (opened.kind !== "elsewhere") return closedPage(opened.kind, frame, false);
    if (field("action") !== "refuse" || field("purpose") !== "marketing") return wrongPage(frame);
    const { link } = opened;
    await choose(ports, link, { purpose: "marketing", state: "denied", how: ownMeans.preferenceCentre });
    return again("done=refused");
  };
  return [
    { method: "GET", path: "/p/{token}", handler: show },
    { method: "POST", path: "/p/{token}", handler: change },
  ];
}

function frameOf(request: HttpRequest, opened: Opened): Frame {
  const wanted = "wanted" in opened && opened.wanted !== undefined ? { wanted: opened.wanted } : {};
  return { shop: opened.shop, language: languageOf(request, { ...wanted, shopLocale: opened.locale }) };
}

function doneOf(request: HttpRequest, { language }: Frame): Done | undefined {
  const said = queryOf(request, "done") ?? "";
  return Object.hasOwn(wordsOf(language).done, said) ? (said as Done) : undefined;
}

type Asked = {
  request: HttpRequest;
  field: (name: string) => string | undefined;
  frame: Frame;
  /** The page once more. */
  again: (query: string) => HttpAnswer;
};

/** Does the one thing a button stands for. */
async function act(ports: Ports, centre: Centre, { request, field, frame, again }: Asked): Promise<HttpAnswer> {
  const { link } = centre;
  switch (field("action")) {
    case "agree":
    case "refuse": {
      const purpose = field("purpose");
      if (purpose === undefined || centre.choices.every((choice) => choice.purpose !== purpose))
        return wrongPage(frame);
      const state = field("action") === "agree" ? "granted" : "denied";
      const wording = wordingOf(frame.language, purpose);
      await choose(ports, link, { purpose, state, how: ownMeans.preferenceCentre, wording });
      return again(state === "granted" ? "done=agreed" : "done=refused");
    }
    case "pause": {
      const days = PAUSES.find((one) => String(one) === field("days"));
      if (days === undefined) return wrongPage(frame);
      await pauseFor(ports, link, days);
      return again("done=paused");
    }
    case "resume":
      await endPause(ports, link);
      return again("done=resumed");
    case "confirm": {
      // A page that was loaded before may ask what is not needed any more: this one does it directly.
      if (!centre.needsFreshLink) return again("");
      const of = { profileId: link.profileId, addressPk: centre.addressPk };
      return again((await requestFreshLink(ports, of)) ? "done=asked" : "done=askedBefore");
    }
    case "export":
    case "erase":
      if (centre.needsFreshLink) return confirmPage(frame, centre.maskedAddress);
      return field("action") === "export"
        ? exportAnswer(ports, centre, request)
        : erase(ports, centre, { field, again });
    default:
      return wrongPage(frame);
  }
}

const TOO_LARGE = "Write to the shop, which will send it to you.";

/** Browsers take it compressed, and save it as it is. */
async function exportAnswer(ports: Ports, { link }: Centre, request: HttpRequest): Promise<HttpAnswer> {
  const act: Act = { principal: "person", action: "person.export", subject: { profile: link.profileId } };
  const exported = await audited(ports, act, () => exportPerson(ports, link.profileId));
  await noteOwnAct(ports, link);
  const answer: HttpAnswer = {
    statusCode: 200,
    headers: {
      "content-type": "application/json; charset=utf-8",
      "content-disposition": 'attachment; filename="my-data.json"',
      "referrer-policy": "no-referrer",
      "x-robots-tag": "noindex",
    },
    body: `${JSON.stringify(exported ?? {}, null, 2)}\n`,
  };
  return bounded(request, answer, TOO_LARGE);
}

/** The first press leads to what it means, and the second one does it. */
async function erase(
  ports: Ports,
  { link }: Centre,
  { field, again }: Pick<Asked, "field" | "again">,
): Promise<HttpAnswer> {
  if (field("confirm") !== "yes") return again("ask=erase");
  // Audited in the erasure's own transaction.
  await erasePerson(ports, link.profileId, { by: "person" });
  return again("done=erased");
}
