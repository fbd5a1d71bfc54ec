import { expect, type Page } from "@playwright/test";
import { inDatabase } from "./fixtures/database";
import { freshKey, usableGateway } from "./fixtures/gateway";
import { signIn, trpc } from "./fixtures/organisation";
import { browserOf, newPerson } from "./fixtures/people";
import type { RunningServer } from "./fixtures/server";
import { test } from "./fixtures/server-with-admin";

const unique = (prefix: string): string => `${prefix}-${crypto.randomUUID().slice(0, 8)}`;

/** How long people's devices stay, as an organisation would have decided. */
const lifetime = (server: RunningServer, days: number) =>
  inDatabase(
    server,
    (sql) => sql`
      update system_settings set value = ${sql.json(days)} where category = 'device' and key = 'lifetime_days'`,
  );

async function addPhone(person: Page, gatewayId: string): Promise<{ name: string; id: string }> {
  const name = unique("phone");
  const input = { name, platform: "ios", gatewayId, publicKey: freshKey() };
  const { tunnel } = await trpc<{ tunnel: { id: string } }>(person, "tunnels.addDevice", input);
  return { name, id: tunnel.id };
}

test("a limit of a group's members, or of one user, is told on the user's page and in the account", async ({
  page,
  browser,
  server,
}) => {
  await signIn(page);
  const gateway = await usableGateway(page, server, unique("Riga"));
  const person = await newPerson(page, "user");
  await page.goto("/groups");
  await page.getByRole("button", { name: "Create group" }).click();
  const dialog = page.getByRole("dialog");
  const group = unique("Field staff");
  await dialog.getByLabel("Name").fill(group);
  await dialog.getByLabel("Devices each member may have").fill("3");
  await dialog.getByRole("button", { name: "Create group" }).click();
  await expect(page.getByText("3 devices each")).toBeVisible();
  const id = new URL(page.url()).pathname.split("/").at(-1);
  await trpc(page, "groups.addMembers", { id, userIds: [person.id] });

  await page.goto(`/users/${person.id}`);
  await expect(page.getByText(`0 of 3, as the group ${group} says`)).toBeVisible();
  await page.getByRole("button", { name: "Change the device limit" }).click();
  await dialog.getByLabel("Devices").fill("1");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("0 of 1, set for this user")).toBeVisible();

  const here = await browserOf(person, { browser, path: "/account/devices" });
  await expect(here.getByText("You have 0 of 1 device.")).toBeVisible();
  await addPhone(here, gateway.id);
  await here.reload();
  await expect(here.getByText("You have 1 of 1 device.")).toBeVisible();
  await expect(here.getByRole("button", { name: "Add device" })).toHaveAccessibleDescription(
    /as many devices as you may/,
  );
});

test("whose device is about to leave the network is told so, and puts it off with the password", async ({
  page,
  browser,
  server,
}) => {
  await signIn(page);
  const gateway = await usableGateway(page, server, unique("Porto"));
  const person = await newPerson(page, "user");
  await lifetime(server, 30);
  try {
    const here = await browserOf(person, { browser, path: "/account/devices" });
    const { name, id } = await addPhone(here, gateway.id);
    await here.reload();
    const extend = here.getByRole("button", { name: `Extend: ${name}` });
    await expect(extend).toHaveAccessibleDescription("It was extended within the last day");
    await inDatabase(
      server,
      (sql) => sql`update wireguard_peers set not_after = now() + interval '60 hours' where id = ${id}`,
    );
    await inDatabase(server, (sql) => sql`update sessions set elevated_until = null where user_id = ${person.id}`);
    await here.reload();
    await expect(here.getByText("Ends in 2 days", { exact: true })).toBeVisible();
    await page.goto(`/gateways/${gateway.id}/tunnels`);
    await expect(page.getByRole("row", { name })).toContainText("Ends in 2 days");
    await page.goto(`/devices?q=${name}`);
    await expect(page.getByRole("row", { name })).toContainText("Ends in 2 days");

    await extend.click();
    const dialog = here.getByRole("dialog", { name: "Confirm it is you" });
    await dialog.getByLabel("Your password").fill(person.password);
    await dialog.getByRole("button", { name: "Confirm" }).click();
    await expect(here.getByText(`${name} stays for 30 days from now`).first()).toBeVisible();
    await expect(here.getByText("Ends in 2 days", { exact: true })).toBeHidden();
    await expect(extend).toHaveAccessibleDescription("It was extended within the last day");
  } finally {
    await lifetime(server, 0);
  }
});

test("an administrator says when a device leaves, and its owner and the lists say so, also once it has", async ({
  page,
  browser,
  server,
}) => {
  await signIn(page);
  const gateway = await usableGateway(page, server, unique("Oslo"));
  const person = await newPerson(page, "user");
  const here = await browserOf(person, { browser, path: "/account/devices" });
  const { name } = await addPhone(here, gateway.id);
  await page.goto(`/devices?q=${name}`);
  await page.getByRole("link", { name }).click();
  await page.getByRole("button", { name: "Approve" }).click();
  await expect(page.getByText("Active", { exact: true })).toBeVisible();

  const setEnd = async (end: Date | null) => {
    const dialog = page.getByRole("dialog", { name: `When does ${name} leave` });
    // The browsers of these tests live in UTC.
    await dialog.getByLabel("Leaves on").fill(end?.toISOString().slice(0, 16) ?? "");
    await dialog.getByRole("button", { name: "Save" }).click();
  };
  const openDialog = async () => {
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByRole("menuitem", { name: "Change when it leaves" }).click();
  };
  const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000);
  await openDialog();
  await setEnd(inHours(-2));
  await expect(page.getByText("Choose a moment in the future")).toBeVisible();
  await setEnd(inHours(20));
  const question = page.getByRole("dialog", { name: `Let ${name} leave within a day?` });
  await question.getByRole("button", { name: "Cancel" }).click();
  await setEnd(inHours(60));
  await expect(page.getByText("Ends in 2 days", { exact: true }).first()).toBeVisible();
  await openDialog();
  await setEnd(inHours(3.5));
  await question.getByRole("button", { name: "Set the end" }).click();
  await expect(page.getByText("Ends in 3 hours", { exact: true }).first()).toBeVisible();
  await here.reload();
  await expect(here.getByText("Ends in 3 hours", { exact: true })).toBeVisible();
  await expect(here.getByRole("button", { name: `Extend: ${name}` })).toHaveAccessibleDescription(
    "Only an administrator can change when it ends",
  );

  await inDatabase(server, (sql) => sql`update devices set expires_at = now() where name = ${name}`);
  await page.goto(`/devices?leaves=expired&q=${name}`);
  await expect(page.getByRole("row", { name })).toContainText("Expired");
  await page.getByRole("link", { name }).click();
  await page.getByRole("button", { name: "Change when it leaves" }).click();
  await setEnd(null);
  await expect(page.getByText("This device has expired")).toBeHidden();
  await expect(page.getByText("When somebody ends it")).toBeVisible();
});

test("what the organisation decides about devices is changed on its page, within limits", async ({ page, server }) => {
  await signIn(page);
  try {
    await page.goto("/settings");
    await page.getByRole("button", { name: "Change: Time until a device has to be extended" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Days").fill("4000");
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(dialog.getByText("A whole number from 0 to 3,650.")).toBeVisible();
    await dialog.getByLabel("Days").fill("90");
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("90 days", { exact: true })).toBeVisible();
    await expect(page.getByText(/^Changed .* by ada$/)).toBeVisible();
  } finally {
    await lifetime(server, 0);
  }
});

test("a token for machines that come and go says so, and its page says when they retire", async ({ page }) => {
  await signIn(page);
  const name = unique("Runners");
  await page.goto("/enrolment?create=1");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  await dialog.getByLabel("Retire devices that are not heard of").selectOption({ label: "After 1 day" });
  await dialog.getByRole("button", { name: "Create token" }).click();
  await dialog.getByLabel(/stored it/).check();
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.getByRole("link", { name }).click();
  await expect(page.getByText("1 day after the last sign of life")).toBeVisible();
});
