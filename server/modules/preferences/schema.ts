import { z } from "zod";
import { navigationItemTypes } from "@/db/enums";

/** One entry of the navigation with what is below it, as built for one person. */
export interface NavigationNode {
  key: string;
  title: string;
  type: (typeof navigationItemTypes)[number];
  icon: string | null;
  href: string | null;
  badge: string | null;
  children: NavigationNode[];
}

export const NavigationNode: z.ZodType<NavigationNode> = z.object({
  key: z.string(),
  title: z.string(),
  type: z.enum(navigationItemTypes),
  icon: z.string().nullable(),
  href: z.string().nullable(),
  badge: z.string().nullable(),
  get children() {
    return z.array(NavigationNode);
  },
});

export const Navigation = z.array(NavigationNode);
