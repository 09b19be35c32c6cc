// Edits that lost to another one, or that the server refused: kept here until the person has decided.
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useT } from "../i18n";
import type { AnyRecord } from "./body";
import type { DocumentStore } from "./documentStore";
import { canJoin } from "./joining";
import { useDocumentState } from "./useDocument";
import { Words } from "./MarkedWords";

export function Losers({ store }: { readonly store: DocumentStore }) {
  const t = useT();
  const losers = useDocumentState(store, (state) => state.losers);
  if (losers.length === 0) return null;
  return (
    <Alert color="yellow" variant="light" role="alert" title={t("wb.lost.title", { count: losers.length })}>
      <Stack gap="sm">
        {losers.map((loser) => (
          <div key={loser.operation.id}>
            <Text size="sm">{loser.why ?? t("wb.lost.why")}</Text>
            <Version label={t("wb.lost.mine")} record={loser.operation.record} other={loser.theirs} />
            <Version label={t("wb.lost.theirs")} record={loser.theirs} other={loser.operation.record} />
            <Group gap="xs" mt={6}>
              <Button size="compact-xs" onClick={() => store.reclaim(loser)}>
                {t("wb.lost.useMine")}
              </Button>
              {canJoin(loser) ? (
                <Button size="compact-xs" variant="default" onClick={() => store.keepBoth(loser)}>
                  {t("wb.lost.both")}
                </Button>
              ) : null}
              <Button size="compact-xs" variant="default" onClick={() => store.dismiss(loser)}>
                {t("wb.lost.dismiss")}
              </Button>
            </Group>
          </div>
        ))}
      </Stack>
    </Alert>
  );
}

function Version({ label, record, other }: { readonly label: string; readonly record: AnyRecord | null; readonly other: AnyRecord | null }) {
  const t = useT();
  const text = textOf(record);
  return (
    <Text size="sm" mt={4} style={{ overflowWrap: "anywhere" }}>
      <Text span inherit c="dimmed">
        {label}:
      </Text>{" "}
      {text === null ? t("wb.lost.removed") : <Words text={text} other={textOf(other) ?? ""} />}
    </Text>
  );
}

function textOf(record: AnyRecord | null): string | null {
  if (!record) return null;
  if ("caption" in record) return `${record.grid_start} – ${record.grid_end}: ${record.caption}`;
  if ("text" in record) return record.text;
  return record.label;
}
