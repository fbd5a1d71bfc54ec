/** The mark and the name. */
export function Brand() {
  return (
    <span className="inline-flex items-center gap-2 text-sm font-semibold tracking-tight">
      <svg aria-hidden viewBox="0 0 24 24" className="size-6 shrink-0">
        <path className="fill-accent" d="M12 1.5 3 4.8v6.4c0 5.4 3.7 9.6 9 11.3 5.3-1.7 9-5.9 9-11.3V4.8z" />
        <path
          className="fill-on-accent"
          d="M12 6.2a3.3 3.3 0 0 0-1.15 6.4v5.2h2.3v-1.6h1.7V14h-1.7v-1.4A3.3 3.3 0 0 0 12 6.2m0 2.1a1.2 1.2 0 1 1 0 2.4 1.2 1.2 0 0 1 0-2.4"
        />
      </svg>
      Keyward
    </span>
  );
}
