import { expose, router } from "@/server/trpc/init";
import * as gateways from "./service";

export const gatewaysRouter = router({
  list: expose(gateways.list),
  get: expose(gateways.get),
  create: expose(gateways.create),
  update: expose(gateways.update),
  remove: expose(gateways.remove),
  invite: expose(gateways.invite),
  withdraw: expose(gateways.withdraw),
});
