import { expose, router } from "@/server/trpc/init";
import * as settings from "./service";

export const settingsRouter = router({
  list: expose(settings.list),
  update: expose(settings.update),
});
