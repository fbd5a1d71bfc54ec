import { expose, router } from "@/server/trpc/init";
import * as expiry from "./expiry.service";
import * as lifecycle from "./lifecycle.service";
import * as limit from "./limit.service";
import * as devices from "./service";

export const devicesRouter = router({
  list: expose(devices.list),
  facets: expose(devices.facets),
  get: expose(devices.get),
  packages: expose(devices.packages),
  approve: expose(lifecycle.approve),
  approveMany: expose(lifecycle.approveMany),
  reject: expose(lifecycle.reject),
  suspend: expose(lifecycle.suspend),
  suspendMany: expose(lifecycle.suspendMany),
  resume: expose(lifecycle.resume),
  quarantine: expose(lifecycle.quarantine),
  release: expose(lifecycle.release),
  revoke: expose(lifecycle.revoke),
  revokeMany: expose(lifecycle.revokeMany),
  rename: expose(devices.rename),
  setTags: expose(devices.setTags),
  setOwner: expose(devices.setOwner),
  setExpiry: expose(expiry.setExpiry),
  allowance: expose(limit.allowance),
  setLimit: expose(limit.setLimit),
  supersede: expose(devices.supersede),
});
