// Decides what a Markdown text holds that can be run or checked: its fenced blocks, their commands, its headings.

/** A fenced block with its language and the line it begins at. */
export type Block = { language: string; text: string; line: number };

/** The fenced blocks of a Markdown text, with the line each begins at. */
export function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    language: match[1] as string,
    text: match[2] as string,
    line: markdown.slice(0, match.index).split("\n").length,
  }));
}

/** A command goes on while a quote is open. */
export function commandsOf(block: Block): string[] {
  const commands: string[] = [];
  for (const line of block.text.trimEnd().split("\n")) {
    const open = commands.length > 0 && ((commands.at(-1) as string).split("'").length - 1) % 2 === 1;
    if (open) commands[commands.length - 1] += `\n${line}`;
    else commands.push(line);
  }
  return commands;
}

/** What a link to a heading of a Markdown text says behind its #. */
export function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );
}
