export { mounted as PUT } from "@/server/http/mount";
