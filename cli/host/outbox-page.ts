// Decides what a person sees of the mails that left: a page without scripts, the newest mail first.
import { iso } from "../../shared/domain/instant.ts";
import { type Html, html } from "../../shared/domain/markup.ts";
import type { LocalHost } from "./host.ts";
import { PAGE_POLICY, page } from "./html.ts";
import { type LocalAnswer, type LocalRequest, pageAnswer } from "./local-http.ts";
import { type MailFilter, type NumberedMail, newestMails } from "./outbox-mails.ts";

const PER_PAGE = 20;

/** `GET /outbox?to=&campaign=&before=`. */
export async function showOutbox({ data }: LocalHost, { query }: LocalRequest): Promise<LocalAnswer> {
  const asked = new URLSearchParams(query);
  const filter = filterOf(asked);
  const before = /^[1-9]\d{0,14}$/.exec(asked.get("before") ?? "")?.[0];
  const { mails, older } = await newestMails(data, {
    limit: PER_PAGE,
    filter,
    ...(before !== undefined && { before: Number(before) }),
  });
  const links = html`<nav aria-label="Pages">${
    before === undefined ? undefined : html`<a href="${address(filter)}">Newest mails</a>`
  } ${older === undefined ? undefined : html`<a href="${address(filter, older)}" rel="next">Older mails</a>`}</nav>`;
  const body = html`<h1>Outbox</h1>
<p class="quiet">${data.outbox.count()} mails left. The local clock shows ${iso(data.clock.now())}. <a href="/">All doors</a></p>
${search(filter)}
${mails.length > 0 ? mails.map((mail, index) => shownMail(mail, index === 0)) : nothing(data.outbox.count(), data.ports.publicUrl)}
${links}`;
  return pageAnswer(page("Outbox", body), PAGE_POLICY);
}

function filterOf(asked: URLSearchParams): MailFilter {
  const to = asked.get("to")?.trim();
  const campaign = asked.get("campaign")?.trim();
  return { ...(to && { to }), ...(campaign && { campaign }) };
}

function address(filter: MailFilter, before?: number): string {
  const query = new URLSearchParams({ ...filter, ...(before !== undefined && { before: String(before) }) }).toString();
  return query === "" ? "/outbox" : `/outbox?${query}`;
}

const search = ({ to, campaign }: MailFilter): Html => html`<form action="/outbox" method="get" role="search">
<label>Recipient contains <input name="to" value="${to}"></label>
<label>Campaign <input name="campaign" value="${campaign}"></label>
<button type="submit">Show</button>
${to === undefined && campaign === undefined ? undefined : html`<a href="/outbox">Show all</a>`}
</form>`;

function shownMail(mail: NumberedMail, open: boolean): Html {
  const { subject, to, campaign, at } = mail;
  const facts = html`<strong>${subject === "" ? "(no subject)" : subject}</strong> to ${to}
${campaign === undefined ? undefined : html`<span class="tag">${campaign}</span>`} <span class="quiet"><time datetime="${iso(at)}">${iso(at)}</time></span>`;
  const inside = html`<div>${fields(mail)}
<iframe title="Preview of: ${subject}" sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer" loading="lazy" srcdoc="${opensLinksInTabs(mail.html)}"></iframe>
<details><summary>Text part</summary><pre>${mail.text}</pre></details></div>`;
  return open
    ? html`<details class="mail" open><summary>${facts}</summary>${inside}</details>`
    : html`<details class="mail"><summary>${facts}</summary>${inside}</details>`;
}

function fields({ from, to, replyTo, subject, headers, tags, messageId, sendId }: NumberedMail): Html {
  const rows: [string, string][] = [
    ["From", from],
    ["To", to],
    ...(replyTo === undefined ? [] : [["Reply-To", replyTo] as [string, string]]),
    ["Subject", subject],
    ...Object.entries(headers),
    ["Message id", messageId],
    ["Send id", sendId],
    ...Object.entries(tags).map(([name, value]): [string, string] => [`Tag ${name}`, value]),
  ];
  return html`<table>${rows.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</table>`;
}

/** In the frame a link would be dead: its page opens in a tab of its own. */
function opensLinksInTabs(mailHtml: string): string {
  const base = '<base target="_blank">';
  return /<head[^>]*>/i.test(mailHtml) ? mailHtml.replace(/<head[^>]*>/i, (head) => head + base) : base + mailHtml;
}

function nothing(count: number, url: string): Html {
  if (count > 0)
    return html`<p>No mail here fits. Try a part of the address only, or <a href="/outbox">show all mails</a>.</p>`;
  const batch = {
    batch: [
      {
        type: "identify",
        userId: "u-1",
        traits: { email: "anna@example.com", firstName: "Anna", consent: { marketing: "granted" } },
      },
      { type: "track", userId: "u-1", event: "Lead Created" },
    ],
  };
  return html`<h2>Nothing has left yet</h2>
<p>Send a lead who agreed to hear from you; the write key was printed at the start:</p>
<pre>curl -u "WRITE_KEY:" ${url}/v1/batch -H "content-type: application/json" -d '${JSON.stringify(batch)}'</pre>
<p>Then look here again. Is a mail to leave later? Let time pass:</p>
<pre>curl ${url}/api/clock -H "content-type: application/json" -d '{"advance":"P3D"}'</pre>
<p>Still nothing? Ask why: <code>${url}/api/profiles/u-1/explain?campaign=welcome</code></p>`;
}
