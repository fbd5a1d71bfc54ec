export { mounted as DELETE, mounted as GET, mounted as POST, mounted as PUT } from "@/server/http/mount";
