import { expose, router } from "@/server/trpc/init";
import * as pools from "./pools.service";
import * as addresses from "./service";

export const addressesRouter = router({
  pools: expose(pools.list),
  resize: expose(pools.resize),
  reserve: expose(pools.reserve),
  unreserve: expose(pools.unreserve),
  list: expose(addresses.list),
  holders: expose(addresses.holders),
  assign: expose(addresses.assign),
  release: expose(addresses.releaseOne),
});
