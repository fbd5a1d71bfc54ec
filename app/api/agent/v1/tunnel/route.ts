export { mounted as GET, mounted as PUT } from "@/server/http/mount";
