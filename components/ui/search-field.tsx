"use client";

import { Search, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { classNames } from "./class-names";
import { Kbd } from "./kbd";

interface SearchFieldProps {
  label: string;
  placeholder?: string;
  value: string;
  /** Called 250 ms after the last key, and at once on Enter and on clearing. */
  onSearch: (text: string) => void;
  className?: string;
}

/** A search box. `/` moves the focus here (see the shell's shortcuts), Escape empties it. */
export function SearchField({ label, placeholder = "Search", value, onSearch, className }: SearchFieldProps) {
  const { text, type, send } = useDelayedSearch(value, onSearch);
  const input = useRef<HTMLInputElement>(null);
  const clear = () => {
    send("");
    input.current?.focus();
  };
  return (
    <search className={classNames("relative block w-full", className)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          send(text);
        }}
      >
        <Search
          aria-hidden
          className="pointer-events-none absolute start-2.5 top-1/2 size-4 -translate-y-1/2 text-muted"
        />
        <input
          ref={input}
          type="search"
          name="q"
          data-search
          aria-label={label}
          aria-keyshortcuts="/"
          placeholder={placeholder}
          autoComplete="off"
          spellCheck={false}
          maxLength={200}
          value={text}
          onChange={(event) => type(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape" && text) clear();
          }}
          className="field-control h-8 ps-8 pe-8 [&::-webkit-search-cancel-button]:hidden"
        />
        <span className="absolute end-1 top-1/2 -translate-y-1/2">
          {text ? (
            <button
              type="button"
              aria-label="Clear search"
              onClick={clear}
              className="flex size-6 items-center justify-center rounded text-muted hover:bg-hover hover:text-ink"
            >
              <X aria-hidden className="size-4" />
            </button>
          ) : (
            <span aria-hidden className="pointer-events-none me-0.5 hidden sm:inline">
              <Kbd>/</Kbd>
            </span>
          )}
        </span>
      </form>
    </search>
  );
}

function useDelayedSearch(value: string, onSearch: (text: string) => void) {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const sent = useRef(value);
  useEffect(() => {
    // Follow the address when it changes by itself (back, reset), but never overwrite what is being typed.
    if (value !== sent.current) setText(value);
    sent.current = value;
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const send = (next: string) => {
    clearTimeout(timer.current);
    setText(next);
    sent.current = next.trim();
    onSearch(next.trim());
  };
  const type = (next: string) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      sent.current = next.trim();
      onSearch(next.trim());
    }, 250);
  };
  return { text, type, send };
}
