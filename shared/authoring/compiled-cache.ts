// Decides how compiled templates are kept from one start to the next, so that an unchanged folder never loads the compiler.
import { contentHash } from "../domain/hash.ts";

/** What a page of MJML compiles to; still Liquid. */
export type CompiledTemplate = { html: string; text: string };

/** Kept by the hash of the source, which also names the compiler. A lost or broken entry is only compiled again. */
export interface CompiledCache {
  get(hash: string): Promise<CompiledTemplate | undefined>;
  put(hash: string, compiled: CompiledTemplate): Promise<void>;
}

/** Bump the last number when compile-mjml.ts writes something else for the same source. */
const COMPILED_BY = "mjml 5.4.1, html-to-text 10.0.1, 1";

/** The key of a page in the cache. */
export function sourceHash(page: string): string {
  return contentHash(JSON.stringify([COMPILED_BY, page]));
}
