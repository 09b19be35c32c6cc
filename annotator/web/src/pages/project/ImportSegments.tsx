// Importing segments from a file: checked row by row first, taken over only when every row is right.
import { Alert, Button, FileButton, Group, Stack, Table, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { importSegments } from "../../api/actions";
import { keys } from "../../api/keys";
import { useT } from "../../i18n";
import { Dialog } from "../../ui/Dialog";
import { FormError } from "../../ui/FormError";
import { Rows } from "../../ui/Listing";
import { say } from "../../ui/toast";

export function ImportSegments({ projectId, onClose }: { projectId: string; onClose: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const check = useMutation({ mutationFn: (chosen: File) => importSegments(projectId, chosen, true) });
  const take = useMutation({
    mutationFn: (chosen: File) => importSegments(projectId, chosen, false),
    onSuccess: async (result) => {
      say(t("segments.imported", { count: result.created }));
      await client.invalidateQueries({ queryKey: keys.project(projectId) });
      onClose();
    },
  });
  const choose = (chosen: File | null) => {
    take.reset();
    setFile(chosen);
    if (chosen) check.mutate(chosen);
  };
  const rows = check.data?.errors ?? [];
  const good = check.data !== undefined && rows.length === 0 && check.data.created > 0;
  return (
    <Dialog opened onClose={onClose} title={t("segments.import")} size="lg">
      <Stack>
        <Text size="sm" c="dimmed">
          {t("segments.importAbout")}
        </Text>
        <Group>
          <FileButton accept=".jsonl,.json,.csv,text/csv,application/jsonl" onChange={choose}>
            {(props) => (
              <Button variant="default" loading={check.isPending} {...props}>
                {t("segments.import")}
              </Button>
            )}
          </FileButton>
          <Text size="sm">{file?.name}</Text>
        </Group>
        <FormError error={check.error ?? take.error} />
        {good ? (
          <Alert color="teal" variant="light" role="status">
            {t("segments.checked", { count: check.data.created })}
          </Alert>
        ) : null}
        {rows.length ? (
          <>
            <Alert color="red" variant="light" role="alert">
              {t("segments.rowErrors", { count: new Set(rows.map((row) => row.row)).size })}
            </Alert>
            <Rows columns={[t("segments.row"), t("segments.field"), t("segments.wrong")]} spacing="xs">
              {rows.slice(0, 100).map((row) => (
                <Table.Tr key={`${row.row}/${row.field}/${row.message}`}>
                  <Table.Td>{row.row}</Table.Td>
                  <Table.Td ff="monospace">{row.field}</Table.Td>
                  <Table.Td>{row.message}</Table.Td>
                </Table.Tr>
              ))}
            </Rows>
          </>
        ) : null}
        <Group justify="flex-end">
          <Button disabled={!good || !file} loading={take.isPending} onClick={() => file && take.mutate(file)}>
            {good ? t("segments.importNow", { count: check.data.created }) : t("segments.importNone")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
