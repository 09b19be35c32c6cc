// Videos of a release that were set aside since: whoever holds it must not use them any more.
import { Code, Table, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { releaseWithdrawnQuery } from "../../api/queries";
import { useT } from "../../i18n";
import { itemsOf, Listing } from "../../ui/Listing";
import { ErrorNote, Panel } from "../../ui/Page";

export function ReleaseWithdrawn({ releaseId }: { releaseId: string }) {
  const t = useT();
  const withdrawn = useInfiniteQuery(releaseWithdrawnQuery(releaseId));
  const items = itemsOf(withdrawn.data);
  if (withdrawn.error) return <ErrorNote error={withdrawn.error} onRetry={() => void withdrawn.refetch()} />;
  if (items.length === 0) return null;
  return (
    <Panel title={t("release.withdrawn", { count: items.length })}>
      <Text size="sm" c="var(--vg-bad)" mb="xs">
        {t("release.withdrawnAbout")}
      </Text>
      <Listing
        query={withdrawn}
        items={items}
        columns={[t("project.videos"), t("release.hash")]}
        spacing="xs"
        row={(video) => (
          <Table.Tr key={video.sha256}>
            <Table.Td>{video.video}</Table.Td>
            <Table.Td style={{ overflowWrap: "anywhere" }}>
              <Code>{video.sha256}</Code>
            </Table.Td>
          </Table.Tr>
        )}
      />
    </Panel>
  );
}
