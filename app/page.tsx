import { redirect } from "next/navigation";
import { currentUser } from "@/server/trpc/caller";

/** Where one lands: the overview, or one's own account without a role that shows it. */
export default async function StartPage() {
  const user = await currentUser();
  redirect(!user || user.permissions.has("overview.read") ? "/overview" : "/account/profile");
}
