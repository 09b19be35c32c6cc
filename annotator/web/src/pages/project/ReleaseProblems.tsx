// What the checks of a release found: each place with a link to its work.
import { Table } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { releaseProblemsQuery } from "../../api/queries";
import { useT } from "../../i18n";
import { told } from "../../i18n/told";
import { TextLink } from "../../ui/links";
import { itemsOf, Listing } from "../../ui/Listing";
import { Panel } from "../../ui/Page";

export function ReleaseProblems({ releaseId, count }: { releaseId: string; count: number }) {
  const t = useT();
  const problems = useInfiniteQuery(releaseProblemsQuery(releaseId));
  return (
    <Panel title={t("release.problems", { count })}>
      <Listing
        query={problems}
        items={itemsOf(problems.data)}
        columns={[t("release.problemWork"), t("release.problemField"), t("release.problemWhat")]}
        spacing="xs"
        row={(problem) => (
          <Table.Tr key={`${problem.document_id}.${problem.field}.${problem.code}`}>
            <Table.Td>
              <TextLink to="/work/$taskId" params={{ taskId: problem.task_id }}>
                {problem.document_id.slice(-8)}
              </TextLink>
            </Table.Td>
            <Table.Td>{problem.field}</Table.Td>
            <Table.Td>{told(problem.message)}</Table.Td>
          </Table.Tr>
        )}
      />
    </Panel>
  );
}
