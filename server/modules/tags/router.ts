import { expose, router } from "@/server/trpc/init";
import * as tags from "./service";

export const tagsRouter = router({
  list: expose(tags.list),
  options: expose(tags.options),
  create: expose(tags.create),
  update: expose(tags.update),
  remove: expose(tags.remove),
});
