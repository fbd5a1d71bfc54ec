import { expose, router } from "@/server/trpc/init";
import * as apiKeys from "./service";

export const apiKeysRouter = router({
  list: expose(apiKeys.list),
  listOwn: expose(apiKeys.listOwn),
  create: expose(apiKeys.create),
  revoke: expose(apiKeys.revoke),
});
