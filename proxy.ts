export { proxy } from "@/server/auth/proxy";

/**
 * Pages only: endpoints and files guard or need no guarding, and a proxy costs more than most of them. Nor those that
 * our listener has approved (server/auth/page-approval.ts).
 */
export const config = {
  matcher: [
    {
      source: "/((?!api/|agent/|pki/|\\.well-known/|_next/static|_next/image|favicon\\.ico|icon\\.svg|fonts/).*)",
      missing: [{ type: "header", key: "x-keyward-approved" }],
    },
  ],
};
