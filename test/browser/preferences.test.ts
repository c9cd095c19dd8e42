// Guarantees of the pages for people in a real browser: everything works without scripts and with the keyboard alone, on a
// phone and at a desk, in both languages, and axe finds nothing serious.
import { readFile } from "node:fs/promises";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DESK, findingsOn, hasChromium, openBrowser, PHONE } from "../support/browser.ts";
import { aCentre, addressIn } from "../support/preference-centre.ts";

let browser: Browser;

/** A page without scripts; `locale` is the browser's. */
async function aPage(options: BrowserContextOptions, look: (page: Page) => Promise<void>): Promise<void> {
  const context = await browser.newContext({ javaScriptEnabled: false, ...options });
  try {
    await look(await context.newPage());
  } finally {
    await context.close();
  }
}

describe.skipIf(!hasChromium)("in Chromium", { timeout: 120_000 }, () => {
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  test("somebody says no, says yes, pauses, ends the pause, takes their data and erases it, without scripts", async () => {
    const { url, links, everything, host, lastLinks } = await aCentre();
    await aPage({ viewport: PHONE, locale: "en-GB", acceptDownloads: true }, async (page) => {
      const status = () => page.getByRole("status").textContent();
      const press = (name: string) => page.getByRole("button", { name }).click();
      await page.goto(url + links.p);
      await press("Stop news and offers");
      expect(await status()).toContain("we have noted your refusal");
      expect(addressIn(await everything()).optOuts).toHaveProperty("marketing");
      await press("Receive news and offers");
      expect(await status()).toContain("we have noted that you agree");
      expect(addressIn(await everything()).optOuts).toEqual({});
      await press("Pause for 30 days");
      expect(await page.getByText("Paused until 1 April 2027.").count()).toBe(1);
      await press("End the pause");
      expect(addressIn(await everything()).pauses).toEqual({});
      await press("Mail me a link to download");
      expect(await status()).toContain("A mail is on its way to a•••@example.com.");
      await host.settle();
      await page.goto(url + lastLinks().p);
      const download = page.waitForEvent("download");
      await press("Download my data");
      expect((await download).suggestedFilename()).toBe("my-data.json");
      expect(await readFile(await (await download).path(), "utf8")).toContain("anna@example.com");
      await page.getByRole("link", { name: "Erase my data" }).click();
      await press("Yes, erase everything");
      expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Your data is erased");
    });
    await host.settle();
    expect(JSON.stringify(await everything())).not.toContain("anna@example.com");
  });

  test("the unsubscribe page has one button, which the keyboard reaches first and whose focus shows", async () => {
    const { url, links, everything } = await aCentre({ locale: "fr" });
    await aPage({ viewport: DESK }, async (page) => {
      await page.goto(url + links.u);
      expect(await page.getByRole("button").count()).toBe(1);
      await page.keyboard.press("Tab");
      const focused = page.locator(":focus");
      expect(await focused.textContent()).toBe("Me désabonner");
      expect(await page.evaluate("getComputedStyle(document.activeElement).outlineWidth")).toBe("3px");
      await page.keyboard.press("Enter");
      expect(await page.getByRole("status").textContent()).toContain("C’est fait.");
    });
    expect(addressIn(await everything()).optOuts).toHaveProperty("marketing");
  });

  test("every control of the page is reached by the keyboard, in the order in which it is read", async () => {
    const { url, links, freshLink } = await aCentre();
    for (const path of [links.p, await freshLink()]) {
      await aPage({ viewport: DESK }, async (page) => {
        await page.goto(url + path);
        const all = await page.locator("button, a").allTextContents();
        const reached: (string | null)[] = [];
        for (let n = 0; n < all.length; n++) {
          await page.keyboard.press("Tab");
          reached.push(await page.locator(":focus").textContent());
        }
        expect(reached).toEqual(all);
        expect(new Set(all).size).toBe(all.length);
      });
    }
  });

  test("who comes too late with a link to download or erase gets another one by the keyboard alone", async () => {
    const { url, links, host, subjects } = await aCentre({ locale: "fr" });
    await aPage({ viewport: PHONE }, async (page) => {
      await page.goto(`${url}${links.p}?ask=erase`);
      expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Il faut d’abord un nouveau lien");
      await page.keyboard.press("Tab");
      expect(await page.locator(":focus").textContent()).toBe("M’envoyer le lien");
      await page.keyboard.press("Enter");
      expect(await page.getByRole("status").textContent()).toContain("Un message part vers a•••@example.com.");
    });
    await host.settle();
    expect(subjects()).toHaveLength(2);
  });

  test("a wrong address is told beside its field, and can be mended there", async () => {
    const { url } = await aCentre();
    await aPage({ viewport: PHONE, locale: "fr" }, async (page) => {
      await page.goto(`${url}/p`);
      const field = page.getByLabel("Votre adresse e-mail");
      await field.fill("anna");
      await page.getByRole("button").click();
      expect(await page.getByRole("alert").textContent()).toContain("adresse e-mail complète");
      expect(await field.getAttribute("aria-describedby")).toBe("email-wrong");
      expect(await field.inputValue()).toBe("anna");
      await field.fill("anna@example.com");
      await page.getByRole("button").click();
      expect(await page.getByRole("status").textContent()).toContain("Si nous connaissons cette adresse");
    });
  });

  test.each([
    ["fr", PHONE, "light"],
    ["en", PHONE, "dark"],
    ["fr", DESK, "dark"],
    ["en", DESK, "light"],
  ] as const)("axe finds nothing serious on any page: %s, %j, %s", async (language, viewport, colorScheme) => {
    const long = "Maximilienne-Désirée".repeat(6);
    const centre = await aCentre({
      locale: language,
      firstName: long,
      consent: { marketing: "granted", sms: "denied" },
    });
    const { url, links, press } = centre;
    const fresh = await centre.freshLink();
    const context = await browser.newContext({ viewport, colorScheme, locale: language, bypassCSP: true });
    const page = await context.newPage();
    const look = async (paths: string[]) => {
      for (const path of paths) {
        await page.goto(url + path);
        expect({ path, ...(await findingsOn(page)) }).toEqual({ path, serious: [], overflowPx: 0 });
      }
    };
    const looks = ["", "?done=agreed", "?done=asked", "?ask=erase"];
    await look([links.p, fresh].flatMap((path) => looks.map((query) => path + query)));
    await look([links.u, "/p", "/p/x", "/u/x", "/c/x"]);
    await press(links.p, { action: "pause", days: "90" });
    await press(links.u, {});
    await look([links.p]);
    await press(fresh, { action: "erase", confirm: "yes" });
    await look([links.p, links.u]);
    await context.close();
  });

  test("axe finds nothing serious on what is only answered to a form", async () => {
    const { url, links } = await aCentre();
    for (const locale of ["fr", "en"]) {
      const context = await browser.newContext({ viewport: PHONE, locale, bypassCSP: true });
      const page = await context.newPage();
      for (const email of ["nobody", "nobody@example.com"]) {
        await page.goto(`${url}/p`);
        await page.locator("#email").fill(email);
        await page.getByRole("button").click();
        expect(await findingsOn(page)).toEqual({ serious: [], overflowPx: 0 });
      }
      await page.goto(url + links.u);
      await page.getByRole("button").click();
      expect(await findingsOn(page)).toEqual({ serious: [], overflowPx: 0 });
      await context.close();
    }
  });
});
