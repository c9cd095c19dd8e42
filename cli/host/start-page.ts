// Decides what is shown at the root: which doors this server has, and whether it is well.
import process from "node:process";
import { iso } from "../../shared/domain/instant.ts";
import { html } from "../../shared/domain/markup.ts";
import type { LocalHost } from "./host.ts";
import { PAGE_POLICY, page } from "./html.ts";
import { jsonAnswer, type LocalAnswer, pageAnswer } from "./local-http.ts";

const DOORS: { door: string; what: string; link?: string }[] = [
  { door: "GET /outbox", what: "the mails that left, as a page", link: "/outbox" },
  { door: "GET /api/outbox", what: "the same as JSON", link: "/api/outbox" },
  { door: "GET /api/summary", what: "the shop in numbers", link: "/api/summary" },
  { door: "GET /api/campaigns", what: "campaigns with their sends and refusals", link: "/api/campaigns" },
  { door: "GET /api/segments", what: "segments with their members", link: "/api/segments" },
  { door: "GET /api/sends", what: "sends and why they were not made", link: "/api/sends" },
  { door: "GET /api/events", what: "events as they came", link: "/api/events" },
  { door: "GET /api/doctor", what: "what is not as it should be, and the next step", link: "/api/doctor" },
  { door: "GET /p", what: "the preference centre: mails a link to whoever asks for one", link: "/p" },
  { door: "GET /api/clock", what: 'what time it is; POST {"advance":"P3D"} moves it', link: "/api/clock" },
  { door: "POST /api/feedback", what: "an event as SES publishes it, to try out bounces and the like" },
  { door: "GET /health", what: "whether all is well", link: "/health" },
  { door: "POST /v1/batch", what: "events in the Segment protocol, also /v1/track and /v1/identify" },
  { door: "POST /", what: "PutEvents of an AWS SDK whose endpoint is this server" },
];

/** The doors in one line, for those who missed them. */
export const DOOR_NAMES: string = DOORS.map(({ door }) => door).join(", ");

/** `GET /`. */
export function showStart({ data }: LocalHost): LocalAnswer {
  const rows = DOORS.map(
    ({ door, what, link }) =>
      html`<tr><th scope="row">${link === undefined ? door : html`<a href="${link}">${door}</a>`}</th><td>${what}</td></tr>`,
  );
  const body = html`<h1>Relance</h1>
<p class="quiet">The local clock shows ${iso(data.clock.now())}.</p>
<table>${rows}</table>`;
  return pageAnswer(page("Local mode", body), PAGE_POLICY);
}

/** `GET /health`: Node's time-zone data can be old, so its version is told; queues that hold nothing are left out. */
export function showHealth({ data }: LocalHost): LocalAnswer {
  const now = data.clock.now();
  return jsonAnswer(200, {
    ok: true,
    now: iso(now),
    node: process.version,
    tz: process.versions["tz"],
    queues: data.queues.counts(now),
  });
}
