// Setting a bad video aside, with the reason; and taking it up again.
import { Text, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { flagVideo } from "../../api/actions";
import type { Video } from "../../api/types";
import { useT } from "../../i18n";
import { Dialog } from "../../ui/Dialog";
import { Form } from "../../ui/Form";
import { fieldError } from "../../ui/FormError";
import { say } from "../../ui/toast";
import { tooLong } from "../../ui/tooLong";

interface Props {
  readonly projectId: string;
  readonly video: Video;
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onDone: () => unknown;
}

export function FlagVideo({ projectId, video, opened, onClose, onDone }: Props) {
  const t = useT();
  const [reason, setReason] = useState("");
  const flag = useMutation({
    mutationFn: () => flagVideo(projectId, video.id, reason.trim()),
    onSuccess: async ({ tasks }) => {
      say(t("flag.done", { count: tasks }));
      setReason("");
      onClose();
      await onDone();
    },
  });
  return (
    <Dialog opened={opened} onClose={onClose} title={t("flag.title", { name: video.name })}>
      <Form send={flag} fields={["reason"]} label={t("flag.set")} disabled={!reason.trim()} onCancel={onClose}>
        <Text size="sm" c="dimmed">
          {t("flag.about")}
        </Text>
        <Textarea
          label={t("flag.reason")}
          required
          autosize
          minRows={2}
          data-autofocus
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          error={tooLong(reason, 400) ?? fieldError(flag.error, "reason")}
        />
      </Form>
    </Dialog>
  );
}
