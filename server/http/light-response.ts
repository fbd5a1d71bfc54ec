import { getRequestListener } from "@hono/node-server";

/**
 * The adapter's own Response. It is one of the platform's for whoever looks inside, and until then no more than its three
 * parts, so that the listener writes them out without a stream and a list of headers made for nothing. The adapter hands
 * it out only by replacing the global one; Next relies on that, so it is put back at once.
 */
function adapterResponse(): typeof Response {
  const platforms = (["Request", "Response"] as const).map(
    (name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const,
  );
  getRequestListener(() => new Response(), { overrideGlobalObjects: true });
  const adapters = globalThis.Response;
  for (const [name, property] of platforms) if (property) Object.defineProperty(globalThis, name, property);
  return adapters;
}

export const LightResponse = adapterResponse();
