// Who changed what of a task's work, and when: the document's log, newest first.
import { Stack, Table, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { editsQuery } from "../../api/queries";
import type { Edit, TaskRow } from "../../api/types";
import { useT } from "../../i18n";
import { Dialog } from "../../ui/Dialog";
import { formatWhen } from "../../ui/format";
import { itemsOf, Listing } from "../../ui/Listing";
import { taskWord } from "../words";

export function History({ task, onClose }: { readonly task: TaskRow | null; readonly onClose: () => void }) {
  const t = useT();
  const title = task ? t("tasks.historyOf", { kind: t(taskWord[task.kind]), video: task.video_name }) : "";
  return (
    <Dialog opened={task !== null} onClose={onClose} title={title} size="lg">
      {task?.document_id ? <Edits documentId={task.document_id} /> : null}
    </Dialog>
  );
}

function Edits({ documentId }: { readonly documentId: string }) {
  const t = useT();
  const edits = useInfiniteQuery(editsQuery(documentId));
  const items = itemsOf(edits.data);
  return (
    <Stack>
      <Listing
        query={edits}
        items={items}
        none={{ title: t("tasks.historyNone"), next: "" }}
        columns={[t("tasks.revision"), t("tasks.who"), t("tasks.when"), t("tasks.what")]}
        spacing={4}
        row={(edit) => (
          <Table.Tr key={edit.revision}>
            <Table.Td>{edit.revision}</Table.Td>
            <Table.Td>{edit.user_name}</Table.Td>
            <Table.Td style={{ whiteSpace: "nowrap" }}>{formatWhen(edit.created_at)}</Table.Td>
            <Table.Td>
              <What edit={edit} />
            </Table.Td>
          </Table.Tr>
        )}
      />
    </Stack>
  );
}

function What({ edit }: { readonly edit: Edit }) {
  const t = useT();
  const { verb, collection, record } = edit.operation;
  return (
    <>
      <Text size="sm">
        {t(verb === "put" ? "tasks.historyPut" : "tasks.historyRemove")} · {collection}
      </Text>
      <Text size="xs" c="dimmed" lineClamp={3} style={{ overflowWrap: "anywhere" }}>
        {textOf(record)}
      </Text>
    </>
  );
}

/** The words of a record as one line; its id says nothing to a reader. */
function textOf(record: Edit["operation"]["record"] | undefined): string {
  if (!record) return "";
  return Object.entries(record)
    .filter(([name, value]) => name !== "id" && value !== null && value !== "")
    .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" · ");
}
