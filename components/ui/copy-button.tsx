"use client";

import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "./button";
import { IconButton } from "./icon-button";
import { toast } from "./toast";

/** Puts text on the clipboard; on plain HTTP, where browsers offer none, says so. @returns whether it worked */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    toast({
      title: "Could not copy",
      description: "The browser refused. Select the text and copy it by hand.",
      tone: "danger",
    });
    return false;
  }
}

interface CopyButtonProps {
  text: string;
  /** What is copied: "Copy join command". */
  label?: string;
  hasText?: boolean;
}

/** Copies a text and shows that it did, for 2 s. */
export function CopyButton({ text, label = "Copy", hasText }: CopyButtonProps) {
  const [isCopied, setIsCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setIsCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = async () => setIsCopied(await copyText(text));
  const icon = isCopied ? <Check aria-hidden className="text-success" /> : <Copy aria-hidden />;
  return (
    <>
      {hasText ? (
        <Button onClick={copy} icon={icon}>
          {isCopied ? "Copied" : label}
        </Button>
      ) : (
        <IconButton label={label} onClick={copy}>
          {icon}
        </IconButton>
      )}
      <span role="status" className="sr-only">
        {isCopied ? "Copied" : ""}
      </span>
    </>
  );
}
