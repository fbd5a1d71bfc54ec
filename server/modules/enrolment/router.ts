import { expose, router } from "@/server/trpc/init";
import * as enrolment from "./service";

export const enrolmentRouter = router({
  list: expose(enrolment.list),
  get: expose(enrolment.get),
  joinInfo: expose(enrolment.joinInfo),
  uses: expose(enrolment.uses),
  create: expose(enrolment.create),
  revoke: expose(enrolment.revoke),
});
