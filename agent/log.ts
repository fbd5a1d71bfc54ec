/** The journal stamps its lines itself. */
const isJournal = Boolean(process.env.JOURNAL_STREAM);

const line = (text: string) => `${isJournal ? "" : `${new Date().toISOString()} `}${text}\n`;

// Whoever read this may be gone. A gateway that ended for it would let in whose time is over.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

/** What a running agent has to say, one line each. Never a token, a key or a signature. */
export const log = {
  info: (text: string): void => void process.stdout.write(line(text)),
  warn: (text: string): void => void process.stderr.write(line(text)),
};
