import type { ownPlatforms } from "@/server/modules/tunnels/schema";

/** What people call the systems their devices run. */
export const platforms: readonly { value: (typeof ownPlatforms)[number]; label: string }[] = [
  { value: "ios", label: "iPhone or iPad" },
  { value: "android", label: "Android" },
  { value: "macos", label: "macOS" },
  { value: "windows", label: "Windows" },
  { value: "linux", label: "Linux" },
  { value: "other", label: "Another" },
];
