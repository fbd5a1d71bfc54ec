import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * `open`: passes everything on. `refuse`: nothing listens. `hang-up`: takes connections and drops them, like a
 * forwarder whose other end is gone. `silent`: keeps connections and passes nothing on, like a network that lost its way.
 */
export type ProxyMode = "open" | "refuse" | "hang-up" | "silent";

/** A stretch of network in front of a PostgreSQL that a test can cut. */
export class TcpProxy {
  private mode: ProxyMode = "open";
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private port = 0;

  private constructor(private readonly target: URL) {}

  static async before(url: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(url));
    await proxy.listen();
    return proxy;
  }

  /** The target's address, through here. */
  get url(): string {
    const url = new URL(this.target);
    url.host = `127.0.0.1:${this.port}`;
    return url.href;
  }

  async set(mode: ProxyMode): Promise<void> {
    const wasRefusing = this.mode === "refuse";
    this.mode = mode;
    if (mode === "refuse" || mode === "hang-up") for (const socket of this.sockets) socket.destroy();
    for (const socket of this.sockets) mode === "silent" ? socket.pause() : socket.resume();
    if (mode === "refuse") await this.unlisten();
    else if (wasRefusing) await this.listen();
  }

  async end(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await this.unlisten();
  }

  private async listen(): Promise<void> {
    this.server = createServer({ pauseOnConnect: true }, (client) => this.accept(client)).listen(
      this.port,
      "127.0.0.1",
    );
    await once(this.server, "listening");
    const address = this.server.address();
    this.port = typeof address === "object" && address ? address.port : 0;
  }

  private async unlisten(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (!server?.listening) return;
    server.close();
    await once(server, "close");
  }

  private accept(client: Socket): void {
    if (this.mode === "hang-up") return void client.destroy();
    const upstream = connect(Number(this.target.port || 5432), this.target.hostname);
    this.join(client, upstream);
    this.join(upstream, client);
    if (this.mode === "silent") upstream.pause();
    else client.resume();
  }

  private join(from: Socket, to: Socket): void {
    this.sockets.add(from);
    from.on("data", (bytes) => void to.write(bytes));
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.sockets.delete(from);
      to.destroy();
    });
  }
}
