import { GeistMono } from "geist/font/mono";
import { GeistSans } from "geist/font/sans";
import type { Metadata, Viewport } from "next";
import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { StepUpDialog } from "@/components/account/step-up-dialog";
import { Providers } from "@/components/shell/providers";
import { THEME_COOKIE, themeFrom } from "@/components/shell/theme";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: "Keyward", template: "%s · Keyward" },
  robots: { index: false, follow: false },
};

export const viewport: Viewport = { colorScheme: "light dark" };

export default async function RootLayout({ children }: { children: ReactNode }) {
  const theme = themeFrom((await cookies()).get(THEME_COOKIE)?.value);
  return (
    // The theme switch changes the attribute before the next render.
    <html
      lang="en"
      data-theme={theme}
      suppressHydrationWarning
      className={`${GeistSans.variable} ${GeistMono.variable}`}
    >
      <body>
        <Providers renderedAt={Date.now()} locale="en-GB">
          {children}
          <StepUpDialog />
        </Providers>
      </body>
    </html>
  );
}
