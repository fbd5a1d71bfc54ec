/** The journal stamps its lines itself. */
const isJournal = Boolean(process.env.JOURNAL_STREAM);

const line = (text: string) => `${isJournal ? "" : `${new Date().toISOString()} `}${text}\n`;

/** What a running agent has to say, one line each. Never a token, a key or a signature. */
export const log = {
  info: (text: string): void => void process.stdout.write(line(text)),
  warn: (text: string): void => void process.stderr.write(line(text)),
};
