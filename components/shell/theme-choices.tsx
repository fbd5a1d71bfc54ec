"use client";

import { Contrast, Monitor, Moon, Sun } from "lucide-react";
import { MenuChoices } from "@/components/ui/menu";
import { type Theme, themeFrom } from "./theme";
import { useTheme } from "./use-theme";

export const themeChoices: readonly { value: Theme; label: string; icon: React.ReactNode }[] = [
  { value: "system", label: "System", icon: <Monitor aria-hidden /> },
  { value: "light", label: "Light", icon: <Sun aria-hidden /> },
  { value: "dark", label: "Dark", icon: <Moon aria-hidden /> },
  { value: "high-contrast", label: "High contrast", icon: <Contrast aria-hidden /> },
];

/** The themes as items of a menu. */
export function ThemeChoices() {
  const [theme, setTheme] = useTheme();
  return (
    <MenuChoices label="Theme" value={theme} onChange={(value) => setTheme(themeFrom(value))} choices={themeChoices} />
  );
}
