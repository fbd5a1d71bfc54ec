export { mounted as DELETE, mounted as GET } from "@/server/http/mount";
