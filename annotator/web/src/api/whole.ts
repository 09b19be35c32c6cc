// Lists that are shown whole and are never long (people, projects, releases, runs): all their pages, one after the other.
import type { Page } from "./types";

/** The most that the server gives at once. */
const MOST = 200;

export async function whole<Item>(
  read: (query: { limit: number; cursor?: string }) => Promise<Page<Item>>,
): Promise<{ items: Item[]; next: null }> {
  const items: Item[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: Page<Item> = await read({ limit: MOST, ...(cursor ? { cursor } : {}) });
    items.push(...page.items);
    cursor = page.next;
  }
  return { items, next: null };
}
