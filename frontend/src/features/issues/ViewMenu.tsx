import { Check, SlidersHorizontal } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { Button } from "@/ui/Button";
import menu from "@/ui/menu.module.css";
import { issueColumns } from "./columns";
import type { IssueSearch } from "./issueSearch";
import { mappedColumn, type MappedField } from "./mappedFields";
import type { TablePreferences } from "./tablePreferences";

const columns = issueColumns.map((column) => ({
  id: column.id ?? ("accessorKey" in column ? column.accessorKey : ""),
  label: String(column.header),
}));

/** Which columns, how dense, and whether deleted issues show. */
export function ViewMenu({
  preferences,
  search,
  mapped,
  onChange,
}: {
  preferences: TablePreferences;
  search: IssueSearch;
  mapped: readonly MappedField[];
  onChange: (next: IssueSearch) => void;
}) {
  const { visibility, setVisibility, density, setDensity, setSizing } = preferences;
  const keepOpen = (event: Event) => event.preventDefault();
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button>
          <SlidersHorizontal aria-hidden size={14} />
          View
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content className={menu.menu} align="end" sideOffset={4} collisionPadding={8}>
        <DropdownMenu.Label className={menu.label}>Density</DropdownMenu.Label>
        <DropdownMenu.RadioGroup
          value={density}
          onValueChange={(value) => setDensity(value === "compact" ? "compact" : "comfortable")}
        >
          {(["comfortable", "compact"] as const).map((value) => (
            <DropdownMenu.RadioItem
              key={value}
              value={value}
              className={menu.item}
              onSelect={keepOpen}
            >
              <Ticked />
              {value === "compact" ? "Compact" : "Comfortable"}
            </DropdownMenu.RadioItem>
          ))}
        </DropdownMenu.RadioGroup>
        <DropdownMenu.Label className={menu.label}>Issues</DropdownMenu.Label>
        <DropdownMenu.RadioGroup
          value={search.visibility ?? "LIVE"}
          onValueChange={(value) =>
            onChange({
              ...search,
              visibility: value === "ALL" || value === "DELETED" ? value : undefined,
            })
          }
        >
          {(
            [
              ["LIVE", "Live"],
              ["DELETED", "Deleted"],
              ["ALL", "Both"],
            ] as const
          ).map(([value, label]) => (
            <DropdownMenu.RadioItem
              key={value}
              value={value}
              className={menu.item}
              onSelect={keepOpen}
            >
              <Ticked />
              {label}
            </DropdownMenu.RadioItem>
          ))}
        </DropdownMenu.RadioGroup>
        <DropdownMenu.Label className={menu.label}>Columns</DropdownMenu.Label>
        {columns.map(({ id, label }) => (
          <DropdownMenu.CheckboxItem
            key={id}
            className={menu.item}
            checked={visibility[id] ?? true}
            disabled={id === "key" || id === "summary"}
            onCheckedChange={(checked) => setVisibility({ ...visibility, [id]: checked })}
            onSelect={keepOpen}
          >
            <Ticked />
            {label}
          </DropdownMenu.CheckboxItem>
        ))}
        {mapped.length > 0 && (
          <DropdownMenu.Label className={menu.label}>Mapped fields</DropdownMenu.Label>
        )}
        {mapped.map(({ name, label, state }) => (
          <DropdownMenu.CheckboxItem
            key={name}
            className={menu.item}
            checked={visibility[mappedColumn(name)] ?? false}
            onCheckedChange={(checked) =>
              setVisibility({ ...visibility, [mappedColumn(name)]: checked })
            }
            onSelect={keepOpen}
          >
            <Ticked />
            <span>
              {label}
              {state !== "READY" && <span className={menu.hint}>not filled yet</span>}
            </span>
          </DropdownMenu.CheckboxItem>
        ))}
        <DropdownMenu.Separator className={menu.separator} />
        <DropdownMenu.Item
          className={menu.item}
          onSelect={() => {
            setVisibility({});
            setSizing({});
          }}
        >
          <span className={menu.tick} />
          Reset columns and widths
        </DropdownMenu.Item>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

function Ticked() {
  return (
    <span className={menu.tick}>
      <DropdownMenu.ItemIndicator>
        <Check aria-hidden size={14} />
      </DropdownMenu.ItemIndicator>
    </span>
  );
}
