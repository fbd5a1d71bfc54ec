import { expose, router } from "@/server/trpc/init";
import * as passwords from "./passwords.service";
import * as profile from "./profile.service";
import * as users from "./service";
import * as setup from "./setup.service";
import * as stepUp from "./step-up.service";

export const usersRouter = router({
  list: expose(users.list),
  get: expose(users.get),
  create: expose(passwords.create),
  suspend: expose(users.suspend),
  reactivate: expose(users.reactivate),
  deactivate: expose(users.deactivate),
  rotateStamp: expose(users.rotateStamp),
  issuePasswordLink: expose(passwords.issuePasswordLink),
  changeRoles: expose(users.changeRoles),
});

export const rolesRouter = router({ list: expose(users.listRoles) });

export const accountRouter = router({
  me: expose(users.me),
  profile: expose(profile.profile),
  updateProfile: expose(profile.updateProfile),
  changePassword: expose(passwords.changePassword, { adopts: (started) => started }),
  stepUp: expose(stepUp.stepUp, { adopts: (elevated) => elevated }),
  choosePassword: expose(passwords.choose),
});

export const setupRouter = router({ state: expose(setup.state), complete: expose(setup.complete) });
