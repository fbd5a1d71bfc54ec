import { describe, expect, test } from "vitest";
import { holdsPath, isWithin, type NavigationNode, pageCommands, trailTo } from "./navigation";

const plain = { icon: null, href: null, badge: null, children: [] };
const item = (key: string, href: string): NavigationNode => ({ ...plain, key, title: key, type: "item", href });
const tree: NavigationNode[] = [
  item("Overview", "/overview"),
  {
    ...plain,
    key: "People",
    title: "People",
    type: "group",
    children: [item("Users", "/users"), item("Invitations", "/users/invitations")],
  },
  { ...plain, key: "d", title: "", type: "divider" },
];

describe("navigation", () => {
  test("a page below an entry belongs to it, a page that only begins alike does not", () => {
    expect(isWithin("/users/1", "/users")).toBe(true);
    expect(isWithin("/users-archive", "/users")).toBe(false);
    expect(isWithin("/users", null)).toBe(false);
  });

  test("a group holds the page its entries hold", () => {
    expect(tree.map((node) => holdsPath(node, "/users/1"))).toEqual([false, true, false]);
  });

  test("the trail goes to the entry with the longest matching address", () => {
    expect(trailTo(tree, "/users/invitations/7").map(({ key }) => key)).toEqual(["People", "Invitations"]);
    expect(trailTo(tree, "/users/7").map(({ key }) => key)).toEqual(["People", "Users"]);
    expect(trailTo(tree, "/nowhere")).toEqual([]);
  });

  test("every page is a command, found by its group's name too", () => {
    expect(pageCommands(tree).map(({ title, keywords }) => [title, keywords])).toEqual([
      ["Overview", ""],
      ["Users", "People"],
      ["Invitations", "People"],
    ]);
  });
});
