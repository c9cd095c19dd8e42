// Decides how long work is shown on stderr: one line that counts seconds in a terminal, a line every ten seconds in a log.

/**
 * Starts showing `what`; call the result with the closing word. Only the first call counts.
 * @returns {(closing: string) => void}
 */
export const showProgress = (what, stream = process.stderr) => {
  const startedAt = Date.now();
  const seconds = () => `${Math.round((Date.now() - startedAt) / 1000)} s`;
  const [start, end] = stream.isTTY ? ["\r\u001b[2K", ""] : ["", "\n"];
  const show = () => stream.write(`${start}relance: ${what}... ${seconds()}${end}`);
  show();
  let timer = setInterval(show, stream.isTTY ? 1000 : 10_000);
  return (closing) => {
    if (timer === undefined) return;
    clearInterval(timer);
    timer = undefined;
    stream.write(`${start}relance: ${what}: ${closing} after ${seconds()}\n`);
  };
};
