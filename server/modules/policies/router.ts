import { expose, router } from "@/server/trpc/init";
import { explain } from "./access.service";
import { graph } from "./graph.service";
import { preview } from "./preview.service";
import { reach } from "./reach.service";
import * as policies from "./service";
import { find } from "./targets.service";
import * as tests from "./tests.service";

export const policiesRouter = router({
  list: expose(policies.list),
  get: expose(policies.get),
  create: expose(policies.create),
  update: expose(policies.update),
  remove: expose(policies.remove),
  preview: expose(preview),
  findTargets: expose(find),
});

export const policyTestsRouter = router({
  list: expose(tests.list),
  create: expose(tests.create),
  update: expose(tests.update),
  remove: expose(tests.remove),
});

export const accessRouter = router({
  explain: expose(explain),
  reach: expose(reach),
  graph: expose(graph),
});
