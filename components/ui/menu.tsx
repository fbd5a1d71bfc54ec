"use client";

import { Menu as Base } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import Link from "next/link";
import { cloneElement, type ReactElement, type ReactNode } from "react";
import { classNames } from "./class-names";
import { type MenuPlace, MenuPopup } from "./menu-popup";
import { useMenu } from "./use-menu";

interface MenuProps extends MenuPlace {
  /** The button that opens it. */
  trigger: ReactElement<Record<string, unknown>>;
  children: ReactNode;
}

/** A menu of commands and links with the button that opens it. */
export function Menu({ trigger, children, ...place }: MenuProps) {
  const menu = useMenu();
  return (
    <>
      {cloneElement(trigger, menu.trigger(undefined))}
      <MenuPopup {...place} menu={menu}>
        {children}
      </MenuPopup>
    </>
  );
}

interface ItemLook {
  icon?: ReactNode;
  children: ReactNode;
}

interface MenuItemProps extends ItemLook {
  onSelect: () => void;
  isDanger?: boolean;
  /** Why it cannot be used now; shown under the label. */
  disabledReason?: string | null | undefined;
}

export function MenuItem({ icon, children, onSelect, isDanger, disabledReason }: MenuItemProps) {
  return (
    <Base.Item
      disabled={Boolean(disabledReason)}
      onClick={onSelect}
      className={classNames("menu-item [&_svg]:size-4 [&_svg]:shrink-0", isDanger && !disabledReason && "text-danger")}
    >
      {icon}
      <span className="min-w-0">
        {children}
        {disabledReason ? <span className="block text-xs text-pretty">{disabledReason}</span> : null}
      </span>
    </Base.Item>
  );
}

export function MenuLink({ href, icon, children }: ItemLook & { href: string }) {
  return (
    <Base.LinkItem
      closeOnClick
      render={<Link href={href} prefetch={false} />}
      className="menu-item [&_svg]:size-4 [&_svg]:shrink-0"
    >
      {icon}
      {children}
    </Base.LinkItem>
  );
}

export function MenuSeparator() {
  return <Base.Separator className="-mx-1 my-1 h-px bg-line" />;
}

export function MenuGroup({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Base.Group>
      <Base.GroupLabel className="px-2.5 pt-1.5 pb-1 text-xs font-medium text-muted">{label}</Base.GroupLabel>
      {children}
    </Base.Group>
  );
}

interface MenuChoicesProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  choices: readonly { value: string; label: ReactNode; icon?: ReactNode }[];
}

/** One of several: radio items under a label. */
export function MenuChoices({ label, value, onChange, choices }: MenuChoicesProps) {
  return (
    <MenuGroup label={label}>
      <Base.RadioGroup value={value} onValueChange={onChange}>
        {choices.map((choice) => (
          <Base.RadioItem
            key={choice.value}
            value={choice.value}
            closeOnClick
            className="menu-item [&_svg]:size-4 [&_svg]:shrink-0"
          >
            {choice.icon}
            <span className="min-w-0 flex-1">{choice.label}</span>
            <Base.RadioItemIndicator>
              <Check aria-hidden className="text-accent-ink" />
            </Base.RadioItemIndicator>
          </Base.RadioItem>
        ))}
      </Base.RadioGroup>
    </MenuGroup>
  );
}

interface MenuCheckProps {
  isChecked: boolean;
  onChange: (isChecked: boolean) => void;
  children: ReactNode;
}

/** An item that is on or off; the menu stays open. */
export function MenuCheck({ isChecked, onChange, children }: MenuCheckProps) {
  return (
    <Base.CheckboxItem checked={isChecked} onCheckedChange={onChange} className="menu-item">
      <span className="flex size-4 shrink-0 items-center justify-center rounded border border-control">
        <Base.CheckboxItemIndicator>
          <Check aria-hidden className="size-3.5 text-accent-ink" strokeWidth={3} />
        </Base.CheckboxItemIndicator>
      </span>
      <span className="min-w-0 flex-1">{children}</span>
    </Base.CheckboxItem>
  );
}
