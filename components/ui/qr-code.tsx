import { encode } from "uqr";
import { CodeBlock } from "./code-block";

/** What fits into the largest QR code at the lowest error correction, in bytes (ISO/IEC 18004, version 40-L). */
export const QR_CAPACITY_BYTES = 2_953;

function pathOf(data: readonly (readonly boolean[])[]): string {
  return data
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x.toString()} ${y.toString()}h1v1h-1z` : "")))
    .join("");
}

interface QrCodeProps {
  text: string;
  /** What the code holds: "Enrolment link". */
  label: string;
  /** Leave the text out when it stands right beside the code already. */
  isTextHidden?: boolean;
}

/** A QR code, always with its text beside it; left out, with the reason, when the text is too long for one. */
export function QrCode({ text, label, isTextHidden }: QrCodeProps) {
  const bytes = new TextEncoder().encode(text).length;
  return (
    <div className="flex flex-col items-start gap-3 sm:flex-row">
      {bytes > QR_CAPACITY_BYTES ? (
        <p className="max-w-60 text-sm text-muted">
          No QR code: the text has {bytes.toLocaleString("en-GB")} bytes, and a code holds{" "}
          {QR_CAPACITY_BYTES.toLocaleString("en-GB")}.
        </p>
      ) : (
        <QrImage text={text} label={label} />
      )}
      {isTextHidden ? null : (
        <div className="w-full min-w-0 flex-1">
          <CodeBlock text={text} label={label} />
        </div>
      )}
    </div>
  );
}

function QrImage({ text, label }: { text: string; label: string }) {
  const { data, size } = encode(text, { border: 3 });
  // Always dark on white: many readers do not see inverted codes.
  return (
    <svg
      role="img"
      aria-label={`QR code: ${label}`}
      viewBox={`0 0 ${size.toString()} ${size.toString()}`}
      shapeRendering="crispEdges"
      className="size-48 shrink-0 rounded-md border border-line"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={pathOf(data)} fill="#000" />
    </svg>
  );
}
