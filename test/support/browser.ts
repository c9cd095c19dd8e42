// Decides how tests look at pages in a real browser: Debian's Chromium, headless, as a phone or at a desk; and what axe finds.
import { existsSync } from "node:fs";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";
/** Where there is none, tests that need it are skipped, and say so. */
export const hasChromium = existsSync(CHROMIUM);

/** It looks for nothing on the network by itself. */
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const PHONE = { width: 320, height: 640 };
export const DESK = { width: 1280, height: 800 };

/** Starts the browser; close it when all is looked at. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: QUIET });
}

/** What axe calls serious or critical on a page, and by how much the page is wider than its screen. */
export type Findings = { serious: string[]; overflowPx: number };

type Run = { violations: { id: string; impact: string | null; nodes: { html: string }[] }[] };

/** Looks at an open page, whose context must let scripts in past the page's policy: axe is one. */
export async function findingsOn(page: Page): Promise<Findings> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate(`axe.run(document, { resultTypes: ["violations"] })`)) as Run;
  const root = "document.documentElement";
  const overflowPx = (await page.evaluate(`${root}.scrollWidth - ${root}.clientWidth`)) as number;
  return {
    serious: violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`),
    overflowPx,
  };
}
