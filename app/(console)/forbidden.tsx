import { ForbiddenPanel } from "@/components/shell/forbidden-panel";

export default function ConsoleForbiddenPage() {
  return <ForbiddenPanel />;
}
