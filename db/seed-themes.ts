export interface SeedTheme {
  name: string;
  description: string;
  colorPalette: Record<string, string>;
  cssVariables: Record<string, string>;
  isDefault: boolean;
}

/** A palette as CSS variables: `ink` becomes `--kw-ink`. */
const variables = (palette: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(palette).map(([name, colour]) => [`--kw-${name}`, colour]));

const theme = (name: string, description: string, colorPalette: Record<string, string>): SeedTheme => ({
  name,
  description,
  colorPalette,
  cssVariables: variables(colorPalette),
  isDefault: name === "light",
});

export const seedThemes: readonly SeedTheme[] = [
  theme("light", "Dark ink on light surfaces", {
    canvas: "#f6f7f9",
    surface: "#ffffff",
    line: "#dfe3e8",
    ink: "#14171c",
    muted: "#545c68",
    accent: "#2d4fd0",
    "on-accent": "#ffffff",
    success: "#17663a",
    warning: "#7a4b00",
    danger: "#a81c22",
    focus: "#2d4fd0",
  }),
  theme("dark", "Light ink on dark surfaces", {
    canvas: "#0e1013",
    surface: "#15181c",
    line: "#2a2f37",
    ink: "#eceef1",
    muted: "#a3acb8",
    accent: "#4463e6",
    "on-accent": "#ffffff",
    success: "#71d49d",
    warning: "#f0bd5c",
    danger: "#ff9d97",
    focus: "#9db1ff",
  }),
  theme("high-contrast", "The strongest contrast, for tired eyes and bright rooms", {
    canvas: "#ffffff",
    surface: "#ffffff",
    line: "#000000",
    ink: "#000000",
    muted: "#1a1a1a",
    accent: "#0a1f9c",
    "on-accent": "#ffffff",
    success: "#00471c",
    warning: "#5a3300",
    danger: "#8a0009",
    focus: "#0a1f9c",
  }),
];
