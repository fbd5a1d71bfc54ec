import type { Metadata } from "next";
import { TagDialogButton } from "@/components/tags/tag-dialog";
import { TagsTable } from "@/components/tags/tags-table";
import { PageHeader } from "@/components/ui/page-header";
import { ListTags, tagDirection } from "@/server/modules/tags/schema";
import { api } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Tags" };

export default async function TagsPage({ searchParams }: PageProps<"/tags">) {
  const filter = ListTags.catch(ListTags.parse({})).parse(await searchParams);
  const page = await (await api()).tags.list(filter);
  return (
    <>
      <PageHeader
        title="Tags"
        description="Groups of devices by what they are for. Enrolment tokens give them, policies name them."
        actions={<TagDialogButton />}
      />
      <TagsTable page={page} filter={{ ...filter, direction: tagDirection(filter) }} />
    </>
  );
}
