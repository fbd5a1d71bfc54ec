/** Most questions in one statement: enough for a busy moment, few enough that nobody waits for the rest. */
const MOST = 64;

interface Waiting<Key, Answer> {
  key: Key;
  resolve(answer: Answer | undefined): void;
  reject(error: unknown): void;
}

/**
 * Asks for many what callers ask one by one: whatever came in during one turn of the event loop goes out together, so a
 * busy server makes one round trip where it would make sixteen. Nobody waits for company, and nothing is remembered:
 * every answer is younger than its question.
 * @param ask answers in the order of the keys; `undefined` for a key without an answer. Its failure is everybody's.
 */
export function coalesced<Key, Answer>(
  ask: (keys: readonly Key[]) => Promise<readonly (Answer | undefined)[]>,
): (key: Key) => Promise<Answer | undefined> {
  let waiting: Waiting<Key, Answer>[] = [];

  const send = () => {
    const asked = waiting;
    waiting = [];
    if (asked.length === 0) return;
    ask(asked.map(({ key }) => key)).then(
      (answers) => asked.forEach(({ resolve }, at) => void resolve(answers[at])),
      (error: unknown) => asked.forEach(({ reject }) => void reject(error)),
    );
  };

  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject });
      if (waiting.length === 1) setImmediate(send);
      else if (waiting.length >= MOST) send();
    });
}

/** A row that says which question it answers, from 1. */
export interface Slot {
  slot: number;
}

/** Rows in the order of their questions. */
export function bySlot<Row extends Slot>(questions: number, rows: readonly Row[]): (Row | undefined)[] {
  const answers: (Row | undefined)[] = Array.from({ length: questions });
  for (const row of rows) answers[row.slot - 1] = row;
  return answers;
}
