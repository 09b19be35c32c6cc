// What the checks of a release found: each place with a link to its work.
import { Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { releaseProblemsQuery } from "../../api/queries";
import { useT } from "../../i18n";
import { TextLink } from "../../ui/links";
import { Rows } from "../../ui/Listing";
import { ErrorNote, Panel } from "../../ui/Page";

export function ReleaseProblems({ releaseId, count }: { releaseId: string; count: number }) {
  const t = useT();
  const { data, error } = useQuery(releaseProblemsQuery(releaseId));
  return (
    <Panel title={t("release.problems", { count })}>
      {error ? <ErrorNote error={error} /> : null}
      <Rows columns={[t("release.problemWork"), t("release.problemField"), t("release.problemWhat")]} spacing="xs">
        {data?.items.map((problem) => (
          <Table.Tr key={`${problem.document_id}.${problem.field}.${problem.code}`}>
            <Table.Td>
              <TextLink to="/work/$taskId" params={{ taskId: problem.task_id }}>
                {problem.document_id.slice(-8)}
              </TextLink>
            </Table.Td>
            <Table.Td>{problem.field}</Table.Td>
            <Table.Td>{problem.message}</Table.Td>
          </Table.Tr>
        ))}
      </Rows>
      {data?.next ? (
        <Text size="xs" c="dimmed">
          {t("release.problemsMore", { count: data.items.length })}
        </Text>
      ) : null}
    </Panel>
  );
}
