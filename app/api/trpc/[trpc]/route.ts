export { mounted as GET, mounted as POST } from "@/server/http/mount";
