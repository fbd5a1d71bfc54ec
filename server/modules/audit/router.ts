import { expose, router } from "@/server/trpc/init";
import * as audit from "./service";

export const auditRouter = router({ list: expose(audit.list), deviceActivity: expose(audit.deviceActivity) });
