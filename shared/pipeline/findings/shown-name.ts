// Decides how a name that a source chose is shown: as it is where it is a plain word, else in quotes, and with nothing in it that
// a terminal or a YAML file takes for something else.

/** Words that YAML takes for something else than a text. */
const NO_TEXT = /^(true|false|null|yes|no|on|off|y|n)$/i;
/** Control characters, marks that turn the reading direction, line breaks. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

export function shownName(name: string): string {
  if (/^[A-Za-z_][\w.-]*$/.test(name) && !NO_TEXT.test(name)) return name;
  return JSON.stringify(name).replace(UNSEEN, escaped);
}

const escaped = (character: string) =>
  [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`)
    .join("");
