import type { Metadata } from "next";
import { CreateUserButton } from "@/components/identity/create-user-button";
import { UsersTable } from "@/components/identity/users-table";
import { PageHeader } from "@/components/ui/page-header";
import { ListUsers, userDirection } from "@/server/modules/identity/schema";
import { api, currentUser } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Users" };

export default async function UsersPage({ searchParams }: PageProps<"/users">) {
  const filter = ListUsers.catch(ListUsers.parse({})).parse(await searchParams);
  const [{ users, roles }, viewer] = await Promise.all([api(), currentUser()]);
  const [page, allRoles] = await Promise.all([
    users.list(filter),
    viewer?.permissions.has("role.read") ? roles.list() : [],
  ]);
  return (
    <>
      <PageHeader
        title="Users"
        description="The people of your organisation, what they may do, and where they are signed in."
        actions={<CreateUserButton roles={allRoles} />}
      />
      <UsersTable page={page} filter={{ ...filter, direction: userDirection(filter) }} roles={allRoles} />
    </>
  );
}
