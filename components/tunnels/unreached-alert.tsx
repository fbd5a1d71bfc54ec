import { Alert } from "@/components/ui/alert";

const SHOWN = 8;

/** Says what policies open to a device and no gateway of it leads to. */
export function UnreachedAlert({ networks }: { networks: readonly string[] }) {
  const more = networks.length - SHOWN;
  const listed = networks.slice(0, SHOWN).join(", ") + (more > 0 ? ` and ${more} more` : "");
  return (
    <Alert tone="warning" title="No route to some of what policies allow">
      None of the device's gateways reaches {listed}. Put it behind one of them, or add a tunnel to the gateway that has
      it.
    </Alert>
  );
}
