// Tables: their head from words, and a whole list with its states (loading, failed, empty, more).
import { Button, Stack, Table } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useT } from "../i18n";
import { Empty, Loaded } from "./Page";

export interface Column {
  readonly label: ReactNode;
  /** Numbers stand at the right. */
  readonly ta?: "right";
  readonly w?: number;
}

interface RowsProps {
  readonly columns: readonly (string | Column)[];
  /** Whether a last column holds each row's buttons; its name is for screen readers alone. */
  readonly actions?: boolean;
  readonly spacing?: "xs" | "sm" | number;
  /** Pixels below which the table scrolls by itself. */
  readonly minWidth?: number;
  readonly w?: "auto";
  readonly children: ReactNode;
}

/** A table of rows that are there. */
export function Rows({ columns, actions = false, spacing = "sm", minWidth, w, children }: RowsProps) {
  const t = useT();
  const table = (
    <Table verticalSpacing={spacing} {...(w ? { w, mt: "sm" } : {})}>
      <Table.Thead>
        <Table.Tr>
          {columns.map((column, place) => {
            const { label, ...look }: Column = typeof column === "string" ? { label: column } : column;
            return (
              <Table.Th key={place} {...look}>
                {label}
              </Table.Th>
            );
          })}
          {actions ? (
            <Table.Th>
              <span className="vg-visually-hidden">{t("actions")}</span>
            </Table.Th>
          ) : null}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>{children}</Table.Tbody>
    </Table>
  );
  return minWidth ? <Table.ScrollContainer minWidth={minWidth}>{table}</Table.ScrollContainer> : table;
}

interface Pages<Item> {
  readonly pages: readonly { readonly items: readonly Item[] }[];
}

/** All that was loaded so far of a list that comes page by page. */
export const itemsOf = <Item,>(data: Pages<Item> | undefined): readonly Item[] => data?.pages.flatMap((page) => page.items) ?? [];

interface ListingProps<Item> extends Omit<RowsProps, "children" | "w"> {
  readonly query: Pick<UseQueryResult, "data" | "error" | "refetch"> & {
    readonly hasNextPage?: boolean;
    readonly isFetchingNextPage?: boolean;
    readonly fetchNextPage?: () => unknown;
  };
  readonly items: readonly Item[];
  /** What is said where nothing is listed; left out where the page shows no empty list. */
  readonly none?: { readonly title: string; readonly next: ReactNode };
  readonly row: (item: Item) => ReactNode;
}

/** What a query lists, as a table; what to do where there is nothing; and a button while there is more. */
export function Listing<Item>({ query, items, none, row, ...table }: ListingProps<Item>) {
  const t = useT();
  return (
    <Stack>
      <Loaded query={query}>{() => (items.length === 0 && none ? <Empty {...none} /> : <Rows {...table}>{items.map(row)}</Rows>)}</Loaded>
      {query.hasNextPage ? (
        <Button variant="default" loading={query.isFetchingNextPage ?? false} onClick={() => void query.fetchNextPage?.()}>
          {t("more")}
        </Button>
      ) : null}
    </Stack>
  );
}
