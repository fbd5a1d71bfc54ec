import { z } from "zod";
import { AppError } from "@/server/core/errors";
import { query } from "@/server/core/operation";
import { navigationTree } from "./navigation-tree";
import * as repo from "./repo";
import { Navigation } from "./schema";

/** The navigation of the signed-in person. */
export const navigation = query({
  permission: "signed-in",
  input: z.void(),
  output: Navigation,
  async run({ reader, actor }) {
    if (actor.kind !== "user") throw new AppError("unauthenticated");
    return navigationTree(await repo.navigation(reader, actor.userId), actor.permissions);
  },
});
