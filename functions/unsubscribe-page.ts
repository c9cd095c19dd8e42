// Decides what the person sees who wants no more mail: one page, one button, no script.
import type { PreferencesPage } from "../shared/pipeline/preferences.ts";

const words = {
  fr: {
    title: "Se désabonner",
    ask: "Vous ne souhaitez plus recevoir nos offres par e-mail ?",
    button: "Me désabonner",
    done: "C’est fait. Vous ne recevrez plus nos offres par e-mail.",
  },
  en: {
    title: "Unsubscribe",
    ask: "You no longer want to receive our offers by e-mail?",
    button: "Unsubscribe me",
    done: "Done. You will not receive our offers by e-mail any more.",
  },
} as const;

const wordsFor = ({ locale }: PreferencesPage) => (locale.startsWith("fr") ? words.fr : words.en);

export function unsubscribePage(page: PreferencesPage): string {
  const { title, ask, button } = wordsFor(page);
  return layout(
    { lang: page.locale, title },
    `<h1>${title}</h1><p>${ask}</p><form method="post"><button type="submit">${button}</button></form>${footer(page)}`,
  );
}

export function unsubscribedPage(page: PreferencesPage): string {
  const { title, done } = wordsFor(page);
  return layout({ lang: page.locale, title }, `<h1>${title}</h1><p role="status">${done}</p>${footer(page)}`);
}

export function unknownLinkPage(): string {
  return layout(
    { lang: "en", title: "Unknown link" },
    "<h1>Unknown link</h1><p>This link is not complete. Please use the link in the mail as it is.</p>",
  );
}

const footer = ({ shop }: PreferencesPage) => `<footer>${escaped(shop.name)} · ${escaped(shop.postalAddress)}</footer>`;

function layout({ lang, title }: { lang: string; title: string }, body: string): string {
  const style =
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:4rem auto;padding:0 1rem}button{font:inherit;padding:.6rem 1.2rem}footer{margin-top:3rem;color:#555}";
  return `<!doctype html><html lang="${escaped(lang)}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>${title}</title><style>${style}</style></head><body><main>${body}</main></body></html>`;
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
