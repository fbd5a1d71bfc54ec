import type { Tx } from "@/server/core/database";
import * as repo from "./repo";

/** Has the desired state of every device that carries the tag compiled anew at its next check-in. */
export async function outdateDocuments(tx: Tx, tagId: string): Promise<void> {
  await repo.forgetDocuments(tx, tagId);
}
