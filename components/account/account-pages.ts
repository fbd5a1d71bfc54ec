import type { AccountLink } from "@/components/shell/user-menu";

/** What everyone has of their own, for the user menu and the tabs. */
export const accountPages = [
  { title: "Profile", href: "/account/profile", icon: "circle-user" },
  { title: "Security", href: "/account/security", icon: "shield-check" },
  { title: "Sessions", href: "/account/sessions", icon: "monitor-smartphone" },
  { title: "Devices", href: "/account/devices", icon: "laptop" },
  { title: "API keys", href: "/account/api-keys", icon: "key-round" },
] as const satisfies readonly AccountLink[];
