import { CopyButton } from "./copy-button";

interface CodeBlockProps {
  text: string;
  /** What it is, for screen readers: "Join command". */
  label: string;
}

/** Text to copy as it stands: commands, tokens, keys. */
export function CodeBlock({ text, label }: CodeBlockProps) {
  return (
    <figure
      aria-label={label}
      className="flex items-start gap-1 rounded-md border border-line bg-sunken py-1 ps-3 pe-1"
    >
      <pre className="min-w-0 flex-1 py-1.5 font-mono text-xs leading-5 break-all whitespace-pre-wrap">{text}</pre>
      <CopyButton text={text} label={`Copy ${label.toLowerCase()}`} />
    </figure>
  );
}
