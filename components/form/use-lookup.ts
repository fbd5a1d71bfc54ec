"use client";

import { useEffect, useRef, useState } from "react";
import { problemOf } from "./problem";

interface Found<Item> {
  items: readonly Item[];
  /** What the list says above them: nothing, that there is none, or that there are more. */
  status: string | null;
}

const DELAY_MS = 200;

/** Asks the server 200 ms after the last key; an answer that another question overtook is dropped. */
export function useLookup<Item>(find: (q: string) => Promise<Found<Item>>) {
  const [found, setFound] = useState<Found<Item>>({ items: [], status: "Searching…" });
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const asked = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const ask = async (q: string) => {
    asked.current += 1;
    const number = asked.current;
    try {
      const answer = await find(q);
      if (number === asked.current) setFound(answer);
    } catch (error) {
      if (number === asked.current) setFound({ items: [], status: problemOf(error).message });
    }
  };
  const search = (text: string) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void ask(text.trim()), DELAY_MS);
  };
  return { ...found, search };
}
