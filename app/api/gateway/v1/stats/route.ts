export { mounted as POST } from "@/server/http/mount";
