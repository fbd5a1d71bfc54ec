import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { trpc, trpcRead } from "./fixtures/organisation";
import { browserOf, newPerson } from "./fixtures/people";
import { PrivateNetwork } from "./fixtures/private-network";
import { canTryTunnels } from "./fixtures/tunnel-tests";

let net: PrivateNetwork;

/** Makes a profile as a person does, and keeps the file that the browser stores, as it is. */
async function downloadProfile(page: Page, name: string): Promise<string> {
  await page.getByRole("button", { name: "Add device" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  await dialog.getByLabel("Gateway").selectOption({ label: "Berlin" });
  await dialog.getByRole("button", { name: "Make profile" }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    dialog.getByRole("button", { name: "Download" }).click(),
  ]);
  const file = join(mkdtempSync(join(tmpdir(), "kw-profile-")), download.suggestedFilename());
  await download.saveAs(file);
  chmodSync(file, 0o600);
  return file;
}

if (canTryTunnels("A profile from the browser")) {
  test.beforeAll(async ({ browser }) => {
    net = await PrivateNetwork.open(browser);
  });
  test.afterAll(() => net?.dispose());

  test("a profile that a person downloads brings up, with stock wg-quick, what policies give that person", async ({
    browser,
  }) => {
    const person = await newPerson(net.page, "user");
    const targets = [{ type: "user", id: person.id, isExcluded: false }];
    await net.policiesAre(
      { targets, destinations: [{ network: "10.20.0.0/24" }, { network: "fd20::/64" }] },
      { targets, priority: 10, effect: "deny", destinations: [{ network: "10.20.0.3/32" }] },
    );
    const here = await browserOf(person, { browser, path: "/account/devices", baseURL: net.server.url });
    const file = await downloadProfile(here, "laptop");
    const laptop = net.machine("laptop");
    const up = await laptop.attempt("wg-quick", ["up", file]);
    expect(up, up.err).toMatchObject({ code: 0 });
    expect(await laptop.reaches("10.77.0.1"), "it waits for approval").toBe(false);

    const { rows } = await trpcRead<{ rows: { deviceId: string }[] }>(net.page, "tunnels.list", { q: "laptop" });
    await trpc(net.page, "devices.approve", { id: rows[0]?.deviceId });
    await net.settled();
    for (const address of ["10.20.0.2", "fd20::2"]) {
      expect(await laptop.reachesIn(address, { wanted: true, seconds: 20 })).toBe(true);
    }
    expect(await laptop.reaches("10.20.0.3")).toBe(false);
    const down = await laptop.attempt("wg-quick", ["down", file]);
    expect(down, down.err).toMatchObject({ code: 0 });
    expect(laptop.run("ip", "-brief", "link")).not.toContain(basename(file, ".conf"));
  });
}
