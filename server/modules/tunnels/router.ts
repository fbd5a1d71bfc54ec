import { expose, router } from "@/server/trpc/init";
import * as own from "./own.service";
import * as tunnels from "./service";

export const tunnelsRouter = router({
  list: expose(tunnels.list),
  get: expose(tunnels.get),
  gateways: expose(tunnels.gateways),
  ofDevice: expose(tunnels.ofDevice),
  traffic: expose(tunnels.traffic),
  create: expose(tunnels.create),
  rotateKey: expose(tunnels.rotateKey),
  extend: expose(tunnels.extend),
  revoke: expose(tunnels.revoke),
  mine: expose(own.mine),
  addDevice: expose(own.addDevice),
  renewKey: expose(own.renewKey),
  extendOwn: expose(own.extendOwn),
  endOwn: expose(own.endOwn),
});
