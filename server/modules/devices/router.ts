import { expose, router } from "@/server/trpc/init";
import * as devices from "./service";

export const devicesRouter = router({
  list: expose(devices.list),
  get: expose(devices.get),
  approve: expose(devices.approve),
  reject: expose(devices.reject),
  suspend: expose(devices.suspend),
  resume: expose(devices.resume),
  quarantine: expose(devices.quarantine),
  release: expose(devices.release),
  revoke: expose(devices.revoke),
  rename: expose(devices.rename),
  setTags: expose(devices.setTags),
  supersede: expose(devices.supersede),
});
