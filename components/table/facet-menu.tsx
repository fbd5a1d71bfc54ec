"use client";

import { ChevronDown } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "@/components/ui/button";
import { Menu, MenuCheck, MenuChoices, MenuGroup, MenuItem } from "@/components/ui/menu";
import { filterValues, type TableFilter } from "./table-address";
import type { Facet, FacetOption } from "./table-model";
import type { TableAddress } from "./use-table-address";

interface FacetMenuProps {
  facet: Facet;
  filter: TableFilter;
  address: TableAddress;
}

const ANY = "";

function chosenText({ options, defaultLabel = "Any" }: Facet, chosen: readonly string[]): string {
  if (chosen.length > 1) return `${chosen.length.toString()} chosen`;
  return options.find(({ value }) => value === chosen[0])?.label ?? chosen[0] ?? defaultLabel.toLowerCase();
}

function OptionLabel({ option }: { option: FacetOption }) {
  return (
    <span className="flex justify-between gap-4">
      {option.label}
      {option.count === undefined ? null : (
        <span className="text-muted tabular-nums">{option.count.toLocaleString("en-GB")}</span>
      )}
    </span>
  );
}

/** One filter as a button that says what is chosen, with the choices in a menu. */
export function FacetMenu(props: FacetMenuProps) {
  const { facet, filter } = props;
  const chosen = filterValues(filter, facet.key);
  return (
    <Menu
      trigger={
        <Button className={chosen.length > 0 ? "border-accent-ink! text-accent-ink!" : undefined}>
          {facet.label}: {chosenText(facet, chosen)}
          <ChevronDown aria-hidden />
        </Button>
      }
    >
      <FacetChoices {...props} chosen={chosen} />
    </Menu>
  );
}

/** The choices, asked for when the menu opens if they are data. */
function useOptions({ options, load }: Facet): { options: readonly FacetOption[]; note: string | null } {
  const [loaded, setLoaded] = useState<readonly FacetOption[] | "failed" | null>(null);
  // The menu is mounted for as long as it is open, and its facet may be made anew with every render meanwhile.
  const [ask] = useState(() => load);
  useEffect(() => {
    ask?.().then(setLoaded, () => setLoaded("failed"));
  }, [ask]);
  if (!load) return { options, note: null };
  if (loaded === "failed") return { options, note: "Could not be loaded. Open this again." };
  return loaded ? { options: loaded, note: null } : { options, note: "Loading…" };
}

function FacetChoices({ facet, address, chosen }: FacetMenuProps & { chosen: string[] }) {
  const { options, note } = useOptions(facet);
  const toggle = (value: string, isOn: boolean) =>
    address.go({ [facet.key]: isOn ? [...chosen, value] : chosen.filter((each) => each !== value) });
  if (facet.isMultiple) {
    return (
      <MenuGroup label={facet.label}>
        {options.map((option) => (
          <MenuCheck
            key={option.value}
            isChecked={chosen.includes(option.value)}
            onChange={(isOn) => toggle(option.value, isOn)}
          >
            <OptionLabel option={option} />
          </MenuCheck>
        ))}
      </MenuGroup>
    );
  }
  return (
    <>
      <MenuChoices
        label={facet.label}
        value={chosen[0] ?? ANY}
        onChange={(value) => address.go({ [facet.key]: value })}
        choices={[
          { value: ANY, label: facet.defaultLabel ?? "Any" },
          ...options.map((option) => ({ value: option.value, label: <OptionLabel option={option} /> })),
        ]}
      />
      {note ? (
        <MenuItem onSelect={() => undefined} disabledReason={note}>
          {null}
        </MenuItem>
      ) : null}
    </>
  );
}
