// Decides how tests come to the page of somebody's choices: a local server, a lead who got a mail, and the links in it.

import { publish } from "../../shared/pipeline/catalogue-store.ts";
import type { Item } from "../../shared/pipeline/ports.ts";
import { identify, lead } from "./calls.ts";
import { shippedDefinitions } from "./shipped.ts";
import { type Answered, aServer, START, type TestServer } from "./test-server.ts";

export type Links = { u: string; p: string; html: string; text: string };
export type PreferenceCentre = TestServer & {
  /** Paths of the links in the first mail. */
  links: Links;
  /** Those in the last mail that left. */
  lastLinks: () => Links;
  /** Path of a link that was asked for on the page of the first mail and has just been mailed. */
  freshLink: () => Promise<string>;
  /** One button of a page. */
  press: (path: string, fields: Record<string, string>, headers?: Record<string, string>) => Promise<Answered>;
  /** Everything that is stored, in order. */
  everything: () => Promise<Item[]>;
  /** Subjects of all mails so far. */
  subjects: () => string[];
};

const FORM = { "content-type": "application/x-www-form-urlencoded" };

/** A shop with the shipped campaigns and one lead who agreed; `traits` of them. */
export async function aCentre(traits: object = {}): Promise<PreferenceCentre> {
  const server = await aServer({ published: false });
  const { host, ask } = server;
  await publish(host.data.ports, await shippedDefinitions());
  const agreed = { marketing: { state: "granted", how: "checkout checkbox", wording: "v3" } };
  await server.batch(identify(START, { traits: { consent: agreed, ...traits } }), lead(START));
  await host.settle();
  const mails = () => host.data.outbox.list({ limit: 1_000 }).items;
  const linksOf = ({ html = "", text = "" }: { html?: string; text?: string } = {}): Links => ({
    u: /\/u\/[\w.-]+/.exec(text)?.[0] ?? "",
    p: /\/p\/[\w.-]+/.exec(text)?.[0] ?? "",
    html,
    text,
  });
  const links = linksOf(mails()[0]);
  const lastLinks = () => linksOf(mails().at(-1));
  const press: PreferenceCentre["press"] = (path, fields, headers = {}) =>
    ask(path, { method: "POST", headers: { ...FORM, ...headers }, body: new URLSearchParams(fields).toString() });
  return {
    ...server,
    links,
    lastLinks,
    freshLink: async () => {
      await press(links.p, { action: "confirm" });
      await host.settle();
      return lastLinks().p;
    },
    press,
    everything: () => itemsOf(server),
    subjects: () => mails().map(({ to, subject }) => `${to}: ${subject}`),
  };
}

async function itemsOf({ host }: TestServer): Promise<Item[]> {
  const items: Item[] = [];
  for (let after: string | undefined; ; ) {
    const page = await host.data.table.scan({ segment: 0, segments: 1, ...(after !== undefined && { after }) });
    items.push(...page.items);
    if (page.next === undefined) return items.sort((a, b) => (`${a.pk} ${a.sk}` < `${b.pk} ${b.sk}` ? -1 : 1));
    after = page.next;
  }
}

/** The item of the only address that somebody wrote to. */
export const addressIn = (items: Item[]) =>
  items.find(({ sk }) => sk === "ADDRESS")?.["address"] as unknown as {
    optOuts: Record<string, number>;
    pauses: Record<string, number>;
    suppressions: Record<string, number>;
    lastActAt?: number;
  };

/** What the pages say, without tags. */
export const textOf = ({ text }: Answered) =>
  text
    .replace(/<style>[\s\S]*?<\/style>/g, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .replace(/ ([.,])/g, "$1")
    .trim();
