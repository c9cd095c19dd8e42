// Decides whether a page is compiled or taken from the cache, and that compiling lost nothing of its Liquid.
import { readLiquid } from "../domain/liquid.ts";
import { type CompiledCache, type CompiledTemplate, sourceHash } from "./compiled-cache.ts";
import { liquidTokens } from "./liquid-source.ts";
import type { MjmlPage } from "./mjml-page.ts";
import { fileError, placeAt, type SourceProblem } from "./source-problem.ts";

/** The compiled page; `file` is the template's own, for complaints that have no line. Loads the compiler only when needed. */
export async function compileTemplate(
  page: MjmlPage,
  { file, cache }: { file: string; cache: CompiledCache | undefined },
): Promise<CompiledTemplate | { problems: SourceProblem[] }> {
  const hash = sourceHash(page.text);
  const kept = await cache?.get(hash);
  if (kept !== undefined) return kept;
  const { compileMjml } = await import("./compile-mjml.ts");
  const compiled = await compileMjml(page.text);
  if ("faults" in compiled) {
    return {
      problems: compiled.faults.map(({ line, tag, message }) => problemOn(page, { line, tag, code: "mjml", message })),
    };
  }
  const problems = [...lostTokens(page, compiled), ...brokenLiquid(compiled, file)];
  if (problems.length > 0) return { problems };
  await cache?.put(hash, compiled);
  return compiled;
}

type OnPage = { line: number; tag: string; code: string; message: string };

/** A place on the page, told as a place in the file it came from. */
function problemOn(page: MjmlPage, { line, tag, code, message }: OnPage): SourceProblem {
  const origin = page.origin(line);
  const at = origin.text.indexOf(tag.startsWith("{") ? tag : `<${tag}`);
  return fileError(origin.file, { code, message }, { line: origin.line, column: Math.max(1, at + 1) });
}

/** MJML drops Liquid it finds in odd places and says nothing: every token must come out at least as often as it went in. */
function lostTokens(page: MjmlPage, { html }: CompiledTemplate): SourceProblem[] {
  const left = new Map<string, number>();
  for (const { token } of liquidTokens(html)) left.set(token, (left.get(token) ?? 0) + 1);
  return liquidTokens(page.text).flatMap(({ token, offset }) => {
    const count = left.get(token) ?? 0;
    left.set(token, count - 1);
    if (count > 0) return [];
    const message = `MJML loses ${token}; put it into the content or an attribute of an element`;
    const { line } = placeAt(page.text, offset);
    return [problemOn(page, { line, tag: token, code: "mjml_lost_liquid", message })];
  });
}

function brokenLiquid({ html, text }: CompiledTemplate, file: string): SourceProblem[] {
  for (const part of [html, text]) {
    const read = readLiquid(part);
    if ("problem" in read) {
      const message = `MJML tears the Liquid apart: ${read.problem.message}`;
      return [fileError(file, { code: "mjml_torn_liquid", message })];
    }
  }
  return [];
}
