import { expose, router } from "@/server/trpc/init";
import * as rotation from "./rotation.service";
import * as apiKeys from "./service";

export const apiKeysRouter = router({
  list: expose(apiKeys.list),
  revoke: expose(apiKeys.revoke),
  listOwn: expose(apiKeys.listOwn),
  create: expose(apiKeys.create),
  rotateOwn: expose(rotation.rotateOwn),
  revokeOwn: expose(apiKeys.revokeOwn),
});
