// Decides what the smallest sound marketing folder is, and writes it with changes to a place of its own for one test.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { CompiledCache } from "../../shared/authoring/compiled-cache.ts";
import { readMarketing } from "../../shared/authoring/read-folder.ts";
import { problemText } from "../../shared/authoring/source-problem.ts";

export const SETTINGS = `shop:
  name: Test Shop
  from: Test Shop <hello@shop.example>
  url: https://shop.example
  postalAddress: 1 Test Street
locales: { default: fr, supported: [fr, en] }
timezone: { default: Europe/Paris }
frequencyCap:
  marketing: { max: 3, within: 7 days }
`;

export const CAMPAIGN = `campaign: hello
title: Hello
on:
  event: lead.created
audience: { inSegment: leads }
steps:
  - id: pause
    wait: 3 days
  - id: say-hello
    send: greeting
`;

export const LAYOUT = `<mjml lang="{{ locale }}">
  <mj-head><mj-preview><!-- preheader --></mj-preview></mj-head>
  <mj-body>
<!-- content -->
    <mj-section><mj-column><mj-text><a href="{{ unsubscribeUrl }}">Bye</a> {{ shop.postalAddress }}</mj-text></mj-column></mj-section>
  </mj-body>
</mjml>
`;

/** Sections with the given content of one text, which stands on line 2 from column 12 on. */
export const sections = (content: string) => `<mj-section><mj-column>
  <mj-text>${content}</mj-text>
</mj-column></mj-section>
`;

export const TEMPLATE = `template: greeting
subject:
  fr: Bonjour
  en: Hello
`;

const SOUND: Record<string, string> = {
  "relance.yaml": SETTINGS,
  "segments/leads.yaml": "segment: leads\ntitle: Leads\nwhere: { did: lead.created }\n",
  "campaigns/hello.yaml": CAMPAIGN,
  "templates/layout.mjml": LAYOUT,
  "templates/greeting/template.yaml": TEMPLATE,
  "templates/greeting/fr.mjml": sections("Bonjour"),
  "templates/greeting/en.mjml": sections("Hello"),
};

/** Files by path; `undefined` leaves one of the sound ones out. */
export type Changes = Record<string, string | Uint8Array | undefined>;

/** Writes the folder; it is gone after the test. */
export async function aFolder(changes: Changes = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "relance-marketing-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries({ ...SOUND, ...changes })) {
    if (content === undefined) continue;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

/** Stands for a compiler that has compiled everything before, so that MJML is not loaded. */
export const compiledBefore: CompiledCache = {
  get: async () => ({ html: "<a href='{{ unsubscribeUrl }}'>Bye</a>", text: "Bye <{{ unsubscribeUrl }}>" }),
  put: async () => {},
};

/** Every problem of the folder as a line of text; without a cache the real compiler runs. */
export async function problemsIn(changes: Changes, cache?: CompiledCache): Promise<string[]> {
  const { problems } = await readMarketing(await aFolder(changes), { shownAs: "marketing", ...(cache && { cache }) });
  return problems.map(problemText);
}
