import { ChevronDown } from "lucide-react";
import { Popover } from "radix-ui";
import { useId, useState } from "react";
import { useQuery } from "urql";
import { graphql, type VariablesOf } from "@/graphql/graphql";
import { explain } from "@/ui/explain";
import { formatNumber } from "@/ui/format";
import { Loading, Skeleton } from "@/ui/States";
import { filterOptions, valueLabel, type FilterInfo } from "./filters";
import { issueFilter, type IssueSearch } from "./issueSearch";
import bar from "./FilterBar.module.css";
import styles from "./FilterMenu.module.css";

const optionLimit = 500;

const filterOptionsDocument = graphql(`
  query FilterOptions(
    $where: IssueFilter
    $search: String
    $visibility: Visibility!
    $groupBy: [IssueGroupBy!]!
    $limit: Int!
  ) {
    issueStats(
      where: $where
      search: $search
      visibility: $visibility
      groupBy: $groupBy
      limit: $limit
    ) {
      truncated
      groups {
        keys
        count
      }
    }
  }
`);

interface Props {
  filter: FilterInfo;
  search: IssueSearch;
  onChange: (values: string[]) => void;
}

/** What the values of a filter are counted by. */
type Counted = NonNullable<VariablesOf<typeof filterOptionsDocument>["groupBy"]>[number];

/** A filter as a button that opens its values, each with how many issues it would leave. */
export function FilterMenu({ filter, search, onChange }: Props) {
  const chosen: readonly string[] = search[filter.name] ?? [];
  const [firstChosen] = chosen;
  return (
    <Popover.Root>
      <Popover.Trigger className={bar.chip} data-set={chosen.length > 0}>
        {filter.label}{" "}
        {firstChosen !== undefined && (
          <strong>
            {chosen.length === 1 ? valueLabel(filter, firstChosen) : `${chosen.length} chosen`}
          </strong>
        )}
        <ChevronDown aria-hidden size={12} />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className={styles.menu}
          align="start"
          sideOffset={4}
          collisionPadding={8}
          aria-label={`Filter by ${filter.label.toLowerCase()}`}
        >
          <FilterOptions
            name={filter.label.toLowerCase()}
            groupBy={{ dimension: filter.dimension }}
            where={issueFilter(search, filter.name)}
            search={search}
            labelOf={(value) => valueLabel(filter, value)}
            chosen={chosen}
            onChange={onChange}
          />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** Values to choose from, each with how many issues it would leave. */
export function FilterOptions({
  name,
  groupBy,
  where,
  search,
  labelOf,
  chosen,
  onChange,
}: {
  name: string;
  groupBy: Counted;
  where: ReturnType<typeof issueFilter>;
  search: IssueSearch;
  labelOf: (value: string) => string;
  chosen: readonly string[];
  onChange: (values: string[]) => void;
}) {
  const [part, setPart] = useState("");
  const listId = useId();
  const [{ data, error }] = useQuery({
    query: filterOptionsDocument,
    variables: {
      where,
      search: search.q ?? null,
      visibility: search.visibility ?? "LIVE",
      groupBy: [groupBy],
      limit: optionLimit,
    },
    requestPolicy: "cache-and-network",
  });
  if (!data) {
    return error ? (
      <p role="alert" className={styles.note}>
        {explain(error).message}
      </p>
    ) : (
      <Loading what={`values of ${name}`}>
        <div className={styles.skeleton}>
          <Skeleton width="70%" />
          <Skeleton width="50%" />
          <Skeleton width="60%" />
        </div>
      </Loading>
    );
  }
  const options = filterOptions(data.issueStats.groups, chosen);
  const wanted = part.trim().toLowerCase();
  const shown = options.filter(({ value }) => labelOf(value).toLowerCase().includes(wanted));
  const toggle = (value: string) =>
    onChange(chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value]);
  return (
    <>
      {options.length > 8 && (
        <input
          type="search"
          value={part}
          onChange={(event) => setPart(event.target.value)}
          placeholder="Find a value"
          aria-label={`Find a value of ${name}`}
          aria-controls={listId}
          className={styles.find}
        />
      )}
      <ul id={listId} className={styles.list}>
        {shown.map(({ value, count }) => (
          <li key={value}>
            <label className={styles.option}>
              <input
                type="checkbox"
                checked={chosen.includes(value)}
                onChange={() => toggle(value)}
              />
              <span className={styles.value}>{labelOf(value)}</span>{" "}
              <span className={styles.count}>{formatNumber(count)}</span>
            </label>
          </li>
        ))}
      </ul>
      {shown.length === 0 && <p className={styles.note}>No such value in these issues.</p>}
      {data.issueStats.truncated && (
        <p className={styles.note}>
          Only the {formatNumber(optionLimit)} most frequent are listed.
        </p>
      )}
    </>
  );
}
