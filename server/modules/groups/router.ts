import { expose, router } from "@/server/trpc/init";
import * as members from "./members.service";
import * as groups from "./service";

export const groupsRouter = router({
  list: expose(groups.list),
  options: expose(groups.options),
  get: expose(groups.get),
  policies: expose(groups.policies),
  create: expose(groups.create),
  update: expose(groups.update),
  remove: expose(groups.remove),
  members: expose(members.list),
  addMembers: expose(members.add),
  removeMember: expose(members.remove),
});
