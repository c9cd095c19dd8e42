// Decides which known word a mistyped one was probably meant to be.
import { distance } from "fastest-levenshtein";

/** The nearest of the candidates when it is near enough to be a typing mistake. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  let best: { candidate: string; edits: number } | undefined;
  for (const candidate of candidates) {
    const edits = editsBetween(word.toLowerCase(), candidate.toLowerCase());
    if (best === undefined || edits < best.edits) best = { candidate, edits };
  }
  return best !== undefined && best.edits <= Math.max(1, Math.floor(word.length / 3)) ? best.candidate : undefined;
}

/** Two letters in the wrong order are one mistake. */
function editsBetween(word: string, candidate: string): number {
  if (word.length !== candidate.length) return distance(word, candidate);
  const at = [...word].findIndex((letter, index) => letter !== candidate[index]);
  const swapped = `${word.slice(0, at)}${word[at + 1]}${word[at]}${word.slice(at + 2)}`;
  return at !== -1 && swapped === candidate ? 1 : distance(word, candidate);
}
