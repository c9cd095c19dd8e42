// Decides how words of others stand on our pages: they may not turn around, cover or crowd out what we say there.

/** Control characters, and marks that turn the reading direction of whatever follows. */
const TURNING = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
/** More accents on one letter than any language has would be drawn over the lines around it. */
const PILED = /(\p{M}{4})\p{M}+/gu;
/** Nothing that anybody would see. */
const INVISIBLE = /^[\s\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

/** The text as it may be shown, not yet escaped; `undefined` where nothing of it would be seen. `most`: characters of it. */
export function foreignText(text: string, most: number): string | undefined {
  const plain = text.toWellFormed().replace(TURNING, "").replace(PILED, "$1");
  if (INVISIBLE.test(plain)) return undefined;
  const characters = [...plain];
  return characters.length <= most ? plain : `${characters.slice(0, most).join("")}…`;
}
