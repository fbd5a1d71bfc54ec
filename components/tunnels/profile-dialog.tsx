"use client";

import { Dialog } from "@/components/ui/dialog";
import { QrCode } from "@/components/ui/qr-code";
import { SecretOnce } from "@/components/ui/secret-once";
import type { IssuedTunnel } from "@/server/modules/tunnels/schema";
import { interfaceName, wgQuickFile } from "@/server/modules/tunnels/wg-quick.schema";

export interface MadeProfile extends Pick<IssuedTunnel, "profile" | "presharedKey"> {
  deviceName: string;
  /** Made on this page, and nowhere else; null where the device has its own. */
  privateKey: string | null;
}

/** A tunnel's profile, this once: its private key was made on this page and goes when the page does. */
export function ProfileDialog({ made, onStored }: { made: MadeProfile; onStored: () => void }) {
  const { deviceName, profile, ...secrets } = made;
  const file = wgQuickFile(profile, secrets);
  return (
    <Dialog isOpen isLocked onOpenChange={onStored} size="medium" title={`Profile for “${deviceName}”`}>
      <SecretOnce secret={file} label="Profile" fileName={`${interfaceName(deviceName)}.conf`} onStored={onStored}>
        {secrets.privateKey === null ? (
          <p className="text-muted text-pretty">
            Put the device's private key into the first section, in place of the comment. The preshared key is shown
            only now: without it, a new key is what helps.
          </p>
        ) : (
          <section className="space-y-2">
            <h3 className="font-medium">Put it on the device</h3>
            <p className="text-muted text-pretty">
              Open the WireGuard app, choose “Scan from QR code” or import the file. Its private key was made in this
              browser; Keyward has never seen it. Close this without storing it, and a new key is what helps.
            </p>
            <QrCode text={file} label="Profile" isTextHidden />
          </section>
        )}
      </SecretOnce>
    </Dialog>
  );
}
