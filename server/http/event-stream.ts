/** How soon a browser comes back after a stream has ended. */
const RETRY_MS = 2000;

export interface EventStream {
  send(event: string, data: string): void;
  /** Keeps proxies from taking the silence for the end. */
  beat(): void;
  close(): void;
}

// One set per process: Next bundles its own copy of this file.
const globals = globalThis as { keywardStreams?: Set<EventStream> };
globals.keywardStreams ??= new Set();
const open = globals.keywardStreams;

/** Streams open in this process. */
export const openStreams = (): number => open.size;

/** Ends every stream, so that the server can stop; browsers come back by themselves. */
export function closeStreams(): void {
  for (const stream of open) stream.close();
}

/**
 * An answer that goes on: server-sent events (HTML standard, 9.2).
 * @param opened is given the stream and returns what to do when it ends, whoever ends it
 */
export function eventStream(opened: (stream: EventStream) => () => void): Response {
  const encoder = new TextEncoder();
  let end: () => void = () => undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      let isOpen = true;
      const write = (text: string) => {
        if (isOpen) controller.enqueue(encoder.encode(text));
      };
      const stream: EventStream = {
        send: (event, data) => write(`event: ${event}\ndata: ${data}\n\n`),
        beat: () => write(":\n\n"),
        close() {
          if (!isOpen) return;
          controller.close();
          end();
        },
      };
      open.add(stream);
      const closed = opened(stream);
      end = () => {
        if (!isOpen) return;
        isOpen = false;
        open.delete(stream);
        closed();
      };
      write(`retry: ${RETRY_MS}\n\n`);
    },
    cancel: () => end(),
  });
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "private, no-store",
      "x-accel-buffering": "no",
    },
  });
}
