// What a task says about itself beside the work: that it is closed, and which version of the guideline it keeps.
import { Alert, Text } from "@mantine/core";
import type { Task } from "../api/types";
import type { Problem } from "../editor/documentStore";
import { useT } from "../i18n";
import { FormError } from "../ui/FormError";

export function ClosedNote({ task }: { readonly task: Task }) {
  const t = useT();
  if (!task.closed_why) return null;
  return (
    <Alert color="yellow" variant="light" role="alert" title={t("told.closedHere")} mb="sm">
      <Text size="sm">{task.closed_why}</Text>
    </Alert>
  );
}

/** Open work keeps the guideline it was begun under; when a newer one was written, that is said, too. */
export function GuidelineVersion({ task }: { readonly task: Task }) {
  const t = useT();
  const { guideline_version: version, newest_guideline_version: newest } = task;
  if (newest === 0) return null;
  return (
    <Text size="xs" c="dimmed" mb={4} data-guideline={version}>
      {newest > version
        ? t("guideline.keptOld", { version: String(version), newest: String(newest) })
        : t("guideline.kept", { version: String(version) })}
    </Text>
  );
}

interface EndProps {
  readonly task: Task;
  readonly refused: readonly Problem[];
  readonly error: unknown;
}

/** Whose work this is, where it is not the reader's; and what stopped it from being handed in. */
export function NotesOfEnd({ task, refused, error }: EndProps) {
  const t = useT();
  return (
    <>
      {task.mine ? null : (
        <Alert color="gray" variant="light">
          {t("workpage.notYours")}
        </Alert>
      )}
      {refused.length ? (
        <Alert color="red" variant="light" role="alert">
          {t("fgqa.problems", { count: refused.length })}
        </Alert>
      ) : (
        <FormError error={error} />
      )}
    </>
  );
}
