// Decides what is shown of publications: what is live, and the latest ones before it.
import { iso } from "../../domain/instant.ts";
import type { PastPublication, Publication } from "../catalogue-store.ts";

const MOST = 50;

const viewOf = ({ publishedAt, ...rest }: PastPublication) => ({ ...rest, publishedAt: iso(publishedAt) });

/** `active` is absent before the first publication. Newest first. */
export function publicationView(active: Publication | undefined, history: PastPublication[]) {
  return { ...(active && { active: viewOf(active) }), history: history.slice(0, MOST).map(viewOf) };
}

export type PublicationView = ReturnType<typeof publicationView>;
