// A new webhook: where to, when, and then its secret, once.
import { Alert, Button, Checkbox, Code, CopyButton, Group, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { keys } from "../../api/keys";
import { HOOK_EVENTS, type HookEvent } from "../../api/types";
import { addWebhook } from "../../api/webhooks";
import { useT } from "../../i18n";
import { Dialog } from "../../ui/Dialog";
import { Form } from "../../ui/Form";
import { fieldError } from "../../ui/FormError";

interface Props {
  readonly projectId: string | null;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function AddWebhook({ projectId, opened, onClose }: Props) {
  const t = useT();
  const client = useQueryClient();
  const [url, setUrl] = useState("");
  const [name, setName] = useState("");
  const [events, setEvents] = useState<string[]>(["release.ready"]);
  const add = useMutation({
    mutationFn: () => addWebhook(projectId, { url: url.trim(), name: name.trim(), events: events as HookEvent[] }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.webhooks(projectId) }),
  });
  const close = () => {
    add.reset();
    setUrl("");
    setName("");
    onClose();
  };
  return (
    <Dialog opened={opened} onClose={close} title={t("hooks.add")}>
      {add.data ? (
        <Secret secret={add.data.secret} onClose={close} />
      ) : (
        <Form send={add} fields={["url", "name", "events"]} label={t("hooks.add")} disabled={events.length === 0}>
          <TextInput
            label={t("hooks.url")}
            description={t("hooks.urlAbout")}
            type="url"
            required
            maxLength={2000}
            data-autofocus
            value={url}
            onChange={(event) => setUrl(event.currentTarget.value)}
            error={fieldError(add.error, "url")}
          />
          <TextInput
            label={t("hooks.name")}
            placeholder={t("hooks.namePlaceholder")}
            maxLength={120}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={fieldError(add.error, "name")}
          />
          <Checkbox.Group label={t("hooks.events")} value={events} onChange={setEvents} error={fieldError(add.error, "events")}>
            <Stack gap="xs" mt={6}>
              {HOOK_EVENTS.map((event) => (
                <Checkbox key={event} value={event} label={t(`hooks.event.${event}`)} />
              ))}
            </Stack>
          </Checkbox.Group>
        </Form>
      )}
    </Dialog>
  );
}

/** The secret, with a button that copies it: nobody sees it again. */
export function Secret({ secret, onClose }: { readonly secret: string; readonly onClose: () => void }) {
  const t = useT();
  return (
    <Stack>
      <Alert color="teal">{t("hooks.once")}</Alert>
      <Code block>{secret}</Code>
      <Group justify="flex-end">
        <CopyButton value={secret}>{({ copied, copy }) => <Button onClick={copy}>{t(copied ? "copied" : "copy")}</Button>}</CopyButton>
        <Button variant="default" onClick={onClose}>
          {t("close")}
        </Button>
      </Group>
    </Stack>
  );
}
