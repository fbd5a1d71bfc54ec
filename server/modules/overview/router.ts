import { expose, router } from "@/server/trpc/init";
import * as overview from "./service";

export const overviewRouter = router({ get: expose(overview.get) });
