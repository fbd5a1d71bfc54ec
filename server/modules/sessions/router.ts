import { expose, router } from "@/server/trpc/init";
import * as sessions from "./service";

export const sessionsRouter = router({
  list: expose(sessions.list),
  revoke: expose(sessions.revoke),
  revokeAllOfUser: expose(sessions.revokeAllOfUser),
  listOwn: expose(sessions.listOwn),
  revokeOwn: expose(sessions.revokeOwn),
  revokeOthers: expose(sessions.revokeOthers),
  revokeEverywhere: expose(sessions.revokeEverywhere, { leaves: true }),
});
