// Setting a bad video aside, with the reason; and taking it up again.
import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { flagVideo } from "../../api/actions";
import type { Video } from "../../api/types";
import { useT } from "../../i18n";
import { fieldError, FormError } from "../../ui/FormError";
import { say } from "../../ui/toast";

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
  const submit = (event: FormEvent) => {
    event.preventDefault();
    flag.mutate();
  };
  return (
    <Modal opened={opened} onClose={onClose} title={t("flag.title", { name: video.name })} closeButtonProps={{ "aria-label": t("close") }}>
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm" c="dimmed">
            {t("flag.about")}
          </Text>
          <FormError error={flag.error} fields={["reason"]} />
          <Textarea
            label={t("flag.reason")}
            required
            autosize
            minRows={2}
            maxLength={400}
            data-autofocus
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            error={fieldError(flag.error, "reason")}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={flag.isPending} disabled={!reason.trim()}>
              {t("flag.set")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
