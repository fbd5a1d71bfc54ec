"use client";

import { Dialog } from "@/components/ui/dialog";
import { QrCode } from "@/components/ui/qr-code";
import { SecretOnce } from "@/components/ui/secret-once";
import { Time } from "@/components/ui/time";

export interface IssuedLink {
  username: string;
  url: string;
  expiresAt: string;
}

interface PasswordLinkProps {
  link: IssuedLink;
  /** What it is: "Invitation link". */
  label: string;
  onClose: () => void;
}

/** A one-time link, as text and QR code, on the only occasion it can be shown. */
export function PasswordLink({ link, label, onClose }: PasswordLinkProps) {
  return (
    <SecretOnce
      secret={link.url}
      label={label}
      fileName={`keyward-${label.toLowerCase().replaceAll(" ", "-")}-${link.username}.txt`}
      onStored={onClose}
    >
      <div className="flex flex-wrap items-start gap-4">
        <QrCode text={link.url} label={label} isTextHidden />
        <p className="min-w-0 flex-1 basis-40 text-muted text-pretty">
          Hand it to {link.username} on a way you trust. It works once, until{" "}
          <Time value={link.expiresAt} format="absolute" />.
        </p>
      </div>
    </SecretOnce>
  );
}

/** The link in a dialog of its own; only “Done” closes it. */
export function PasswordLinkDialog({ link, onClose }: { link: IssuedLink | null; onClose: () => void }) {
  return (
    <Dialog
      isOpen={link !== null}
      isLocked
      onOpenChange={onClose}
      size="medium"
      title={link ? `Password link for ${link.username}` : ""}
      description="It opens a page to choose a password. Earlier links of this user stopped working."
    >
      {link ? <PasswordLink link={link} label="Password link" onClose={onClose} /> : null}
    </Dialog>
  );
}
