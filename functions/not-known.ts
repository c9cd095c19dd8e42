// Decides how it is said that a name in a request is none of those there are.
import { closest } from "../shared/domain/closest.ts";

/** The sentence with the nearest name, and all there are. */
export function notKnown(sentence: string, word: string, known: readonly string[]): string {
  const nearest = closest(word, known);
  return `${sentence}${nearest === undefined ? "" : ` Did you mean ${nearest}?`} There are: ${known.join(", ") || "none"}.`;
}
