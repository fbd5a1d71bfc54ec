export { mounted as GET } from "@/server/http/mount";
