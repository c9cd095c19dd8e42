// Decides what is the same on every page of the local mode: head, style, and what it may load.
import { type Html, html } from "../../shared/domain/markup.ts";

/** Nothing from elsewhere, no script, not in a frame of another page; pictures only if they are part of the page. */
export const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const STYLE: Html = {
  markup: `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  body { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem }
  a { color: LinkText }
  h1 { margin: 0 0 .25rem; font-size: 1.5rem }
  p.quiet, .quiet { color: GrayText; font-size: .875rem }
  form { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; margin: 1rem 0 }
  label { display: grid; font-size: .875rem }
  input, button { font: inherit; padding: .35rem .6rem }
  .mail { border: 1px solid color-mix(in srgb, CanvasText 20%, Canvas); border-radius: .5rem; margin: .75rem 0 }
  .mail > summary { padding: .6rem .9rem; cursor: pointer; overflow-wrap: anywhere }
  .mail > div { padding: 0 .9rem .9rem }
  .tag { border: 1px solid; border-radius: 1rem; padding: 0 .5rem; font-size: .75rem }
  iframe { width: 100%; height: 34rem; border: 1px solid color-mix(in srgb, CanvasText 20%, Canvas); background: #fff; resize: vertical }
  pre { overflow: auto; padding: .75rem; background: color-mix(in srgb, CanvasText 7%, Canvas); border-radius: .35rem; white-space: pre-wrap; overflow-wrap: anywhere }
  table { border-collapse: collapse; font-size: .875rem; margin: .5rem 0 }
  th, td { text-align: left; vertical-align: top; padding: .1rem .75rem .1rem 0; overflow-wrap: anywhere }
  th { font-weight: 600; white-space: nowrap }
  nav { display: flex; gap: 1rem; margin: 1rem 0 }`,
};

/** A whole page. */
export function page(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title} · Relance</title><style>${STYLE}</style></head>
<body><main>${body}</main></body></html>`.markup;
}
