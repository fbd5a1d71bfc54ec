import { AppError } from "@/server/core/errors";

/** The body's exact bytes, never more than allowed. @throws {AppError} too-large */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = () => new AppError("too-large", `The body is larger than ${maxBytes} bytes.`);
  const declared = request.headers.get("content-length");
  if (Number(declared ?? 0) > maxBytes) throw tooLarge();
  if (request.method === "GET" || request.method === "HEAD") return new Uint8Array();
  // Node holds a client to the length it declared, and a body in one piece is far cheaper to read.
  if (declared !== null) {
    const bytes = new Uint8Array(await request.arrayBuffer());
    if (bytes.byteLength > maxBytes) throw tooLarge();
    return bytes;
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
