"use client";

import { ChevronDown } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Menu, MenuCheck, MenuChoices, MenuGroup } from "@/components/ui/menu";
import { filterValues, type TableFilter } from "./table-address";
import type { Facet } from "./table-model";
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

function OptionLabel({ option }: { option: Facet["options"][number] }) {
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
export function FacetMenu({ facet, filter, address }: FacetMenuProps) {
  const chosen = filterValues(filter, facet.key);
  const toggle = (value: string, isOn: boolean) =>
    address.go({ [facet.key]: isOn ? [...chosen, value] : chosen.filter((each) => each !== value) });
  return (
    <Menu
      trigger={
        <Button className={chosen.length > 0 ? "border-accent-ink! text-accent-ink!" : undefined}>
          {facet.label}: {chosenText(facet, chosen)}
          <ChevronDown aria-hidden />
        </Button>
      }
    >
      {facet.isMultiple ? (
        <MenuGroup label={facet.label}>
          {facet.options.map((option) => (
            <MenuCheck
              key={option.value}
              isChecked={chosen.includes(option.value)}
              onChange={(isOn) => toggle(option.value, isOn)}
            >
              <OptionLabel option={option} />
            </MenuCheck>
          ))}
        </MenuGroup>
      ) : (
        <MenuChoices
          label={facet.label}
          value={chosen[0] ?? ANY}
          onChange={(value) => address.go({ [facet.key]: value })}
          choices={[
            { value: ANY, label: facet.defaultLabel ?? "Any" },
            ...facet.options.map((option) => ({ value: option.value, label: <OptionLabel option={option} /> })),
          ]}
        />
      )}
    </Menu>
  );
}
