import { toAgentError } from "@/agent/advice";
import type { Enforcement } from "@/agent/gateway/enforcement";
import type { LetIn } from "@/agent/gateway/mass-removal";
import { log } from "@/agent/log";

/** A tunnel that runs from before, where no state says whom it should let in. */
export class Leftover {
  private found: LetIn | undefined;
  private isUp = false;

  constructor(private readonly enforcement: Pick<Enforcement, "readOwn" | "remove">) {}

  /** Whom it let in when it was found, also if it is down since. */
  get letIn(): LetIn | undefined {
    return this.found;
  }

  /** Looks what there is, and takes it down once its time is over. */
  async settle(isOver: boolean): Promise<void> {
    if (!this.found) {
      const tunnel = await this.enforcement.readOwn();
      this.found = { peers: tunnel?.peers ?? [] };
      this.isUp = this.found.peers.length > 0;
    }
    if (!this.isUp || !isOver) return;
    try {
      await this.enforcement.remove();
      this.isUp = false;
      log.warn("The tunnel is taken down until the server says whom it lets in: nobody knows any more");
    } catch (error) {
      log.warn(`The tunnel of which nobody knows whom it lets in is still up: ${toAgentError(error).message}`);
    }
  }
}
