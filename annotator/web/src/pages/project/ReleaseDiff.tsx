// This release against another one of the project: what only one of them holds, and what was handed in anew.
import { Select, Stack, Table, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { releaseDiffQuery, releasesQuery } from "../../api/queries";
import type { Release } from "../../api/types";
import { type MessageKey, useT } from "../../i18n";
import { TextLink } from "../../ui/links";
import { itemsOf, Listing } from "../../ui/Listing";
import { Panel } from "../../ui/Page";

const HOW: Readonly<Record<string, MessageKey>> = {
  added: "release.diff.added",
  removed: "release.diff.removed",
  changed: "release.diff.changed",
};

export function ReleaseDiff({ release }: { release: Release }) {
  const t = useT();
  const [other, setOther] = useState<string | null>(null);
  const releases = useQuery(releasesQuery(release.project_id)).data?.items ?? [];
  const others = releases.filter((each) => each.state === "ready" && each.id !== release.id);
  if (others.length === 0) return null;
  return (
    <Panel title={t("release.diff")}>
      <Select
        label={t("release.diffWith")}
        placeholder={t("release.diffNone")}
        w={320}
        clearable
        value={other}
        onChange={setOther}
        data={others.map((each) => ({ value: each.id, label: `#${each.number} ${each.name}` }))}
      />
      {other ? <Differences releaseId={release.id} other={other} /> : null}
    </Panel>
  );
}

function Differences({ releaseId, other }: { releaseId: string; other: string }) {
  const t = useT();
  const diff = useInfiniteQuery(releaseDiffQuery(releaseId, other));
  const first = diff.data?.pages[0];
  const items = itemsOf(diff.data);
  return (
    <Stack mt="sm" gap="sm">
      {first ? (
        <Text size="sm" role="status">
          {t("release.diffCounts", { added: first.added, removed: first.removed, changed: first.changed, same: first.same })}
        </Text>
      ) : null}
      {first && items.length === 0 ? null : (
        <Listing
          query={diff}
          items={items}
          columns={[t("release.diffWork"), t("release.diffHow")]}
          spacing="xs"
          row={({ task_id: taskId, how, masklet_id: masklet }) => (
            <Table.Tr key={`${taskId}.${masklet ?? ""}`}>
              <Table.Td>
                <TextLink to="/work/$taskId" params={{ taskId }}>
                  {taskId.slice(-8)}
                </TextLink>
              </Table.Td>
              <Table.Td>{HOW[how] ? t(HOW[how]) : how}</Table.Td>
            </Table.Tr>
          )}
        />
      )}
    </Stack>
  );
}
