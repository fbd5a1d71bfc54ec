import { addressesRouter } from "@/server/modules/addresses/router";
import { apiKeysRouter } from "@/server/modules/api-keys/router";
import { auditRouter } from "@/server/modules/audit/router";
import { devicesRouter } from "@/server/modules/devices/router";
import { enrolmentRouter } from "@/server/modules/enrolment/router";
import { gatewaysRouter } from "@/server/modules/gateways/router";
import { groupsRouter } from "@/server/modules/groups/router";
import { accountRouter, rolesRouter, setupRouter, usersRouter } from "@/server/modules/identity/router";
import { overviewRouter } from "@/server/modules/overview/router";
import { accessRouter, policiesRouter, policyTestsRouter } from "@/server/modules/policies/router";
import { navigationRouter } from "@/server/modules/preferences/router";
import { sessionsRouter } from "@/server/modules/sessions/router";
import { settingsRouter } from "@/server/modules/settings/router";
import { tagsRouter } from "@/server/modules/tags/router";
import { tunnelsRouter } from "@/server/modules/tunnels/router";
import { router } from "./init";

export const appRouter = router({
  access: accessRouter,
  account: accountRouter,
  addresses: addressesRouter,
  apiKeys: apiKeysRouter,
  audit: auditRouter,
  devices: devicesRouter,
  enrolment: enrolmentRouter,
  groups: groupsRouter,
  gateways: gatewaysRouter,
  navigation: navigationRouter,
  overview: overviewRouter,
  policies: policiesRouter,
  policyTests: policyTestsRouter,
  roles: rolesRouter,
  sessions: sessionsRouter,
  settings: settingsRouter,
  setup: setupRouter,
  tags: tagsRouter,
  tunnels: tunnelsRouter,
  users: usersRouter,
});

export type AppRouter = typeof appRouter;
