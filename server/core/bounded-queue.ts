interface Bounds {
  /** How many run at a time. */
  slots: number;
  /** How many more may wait. */
  waiting: number;
  /** What everybody beyond that is told. */
  refusal: () => Error;
}

/** Runs work in order of arrival, never more at a time than there are slots. */
export function boundedQueue({ slots, waiting: limit, refusal }: Bounds): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running < slots) running += 1;
    else if (waiting.length >= limit) throw refusal();
    // Whoever ends hands over the slot itself: nobody may slip in between.
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
