import { expose, router } from "@/server/trpc/init";
import * as preferences from "./service";

export const navigationRouter = router({ get: expose(preferences.navigation) });
