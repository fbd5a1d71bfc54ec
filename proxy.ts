export { proxy } from "@/server/auth/proxy";

/** Pages only: endpoints and files guard or need no guarding, and a proxy costs more than most of them. */
export const config = {
  matcher: ["/((?!api/|agent/|pki/|\\.well-known/|_next/static|_next/image|favicon\\.ico|icon\\.svg|fonts/).*)"],
};
