// One webhook: how it stands, what can be done with it, and what it was told.
import { Button, Code, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { keys } from "../../api/keys";
import type { Webhook } from "../../api/types";
import { changeWebhook, deleteWebhook, newSecret, pingWebhook } from "../../api/webhooks";
import { useT } from "../../i18n";
import { Dialog } from "../../ui/Dialog";
import { formatWhen } from "../../ui/format";
import { StateBadge } from "../../ui/StateBadge";
import { say, sayError } from "../../ui/toast";
import { Secret } from "./AddWebhook";
import { Deliveries } from "./Deliveries";

export function Hook({ hook }: { readonly hook: Webhook }) {
  const t = useT();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [asking, setAsking] = useState<"secret" | "delete" | null>(null);
  const name = hook.name || hook.url;
  const again = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: keys.webhooks(hook.project_id) }),
      client.invalidateQueries({ queryKey: keys.deliveries(hook.id) }),
    ]);
  const pause = useMutation({ mutationFn: () => changeWebhook(hook.id, { paused: hook.paused === null }), onSuccess: again, onError: sayError });
  const ping = useMutation({
    mutationFn: () => pingWebhook(hook.id),
    onSuccess: () => {
      say(t("hooks.tested"));
      setOpen(true);
      return again();
    },
    onError: sayError,
  });
  const secret = useMutation({ mutationFn: () => newSecret(hook.id), onSuccess: again, onError: sayError });
  const remove = useMutation({ mutationFn: () => deleteWebhook(hook.id), onSuccess: again, onError: sayError });
  const small = { size: "compact-sm", variant: "default" } as const;
  const done = () => {
    setAsking(null);
    secret.reset();
  };
  return (
    <li>
      <Stack gap={6}>
        <Group justify="space-between" align="flex-start">
          <div style={{ minWidth: 0, flex: 1 }}>
            <Text fw={600} style={{ overflowWrap: "anywhere" }}>
              {name}
            </Text>
            <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
              {hook.name ? `${hook.url} · ` : null}
              {hook.events.map((event) => t(`hooks.event.${event}`)).join(", ")} · <Code>{hook.hint}…</Code>
            </Text>
            <Standing hook={hook} />
          </div>
          <Group gap="xs">
            <Button {...small} loading={ping.isPending} aria-label={t("hooks.testNamed", { name })} onClick={() => ping.mutate()}>
              {t("hooks.test")}
            </Button>
            <Button
              {...small}
              loading={pause.isPending}
              aria-label={t(hook.paused === null ? "hooks.pauseNamed" : "hooks.resumeNamed", { name })}
              onClick={() => pause.mutate()}
            >
              {t(hook.paused === null ? "hooks.pause" : "hooks.resume")}
            </Button>
            <Button {...small} aria-expanded={open} aria-label={t("hooks.deliveriesNamed", { name })} onClick={() => setOpen(!open)}>
              {t("hooks.deliveries")}
            </Button>
            <Button {...small} aria-label={t("hooks.secretNamed", { name })} onClick={() => setAsking("secret")}>
              {t("hooks.secret")}
            </Button>
            <Button {...small} aria-label={t("hooks.deleteNamed", { name })} onClick={() => setAsking("delete")}>
              {t("hooks.delete")}
            </Button>
          </Group>
        </Group>
        {open ? <Deliveries hook={hook} name={name} /> : null}
      </Stack>
      <Dialog opened={asking === "secret"} onClose={done} title={t("hooks.secretNamed", { name })}>
        {secret.data ? (
          <Secret secret={secret.data.secret} onClose={done} />
        ) : (
          <Sure text={t("hooks.secretSure")} label={t("hooks.secret")} busy={secret.isPending} onYes={() => secret.mutate()} onNo={done} />
        )}
      </Dialog>
      <Dialog opened={asking === "delete"} onClose={done} title={t("hooks.deleteNamed", { name })}>
        <Sure text={t("hooks.deleteSure", { name })} label={t("hooks.delete")} busy={remove.isPending} onYes={() => remove.mutate()} onNo={done} />
      </Dialog>
    </li>
  );
}

function Standing({ hook }: { readonly hook: Webhook }) {
  const t = useT();
  const at = hook.paused_at ?? hook.failing_since;
  const when = at ? formatWhen(at) : "";
  return (
    <>
      {hook.paused ? (
        <Text size="sm" c="var(--vg-warn)">
          {t(`hooks.paused.${hook.paused}`, { when })} {t("hooks.waits")}
        </Text>
      ) : hook.failing_since ? (
        <Text size="sm" c="var(--vg-bad)">
          {t("hooks.state.failing", { when })}
        </Text>
      ) : (
        <StateBadge state="ready" label={t("hooks.state.on")} />
      )}
      {hook.delivered_at ? (
        <Text size="xs" c="dimmed">
          {t("hooks.delivered", { when: formatWhen(hook.delivered_at) })}
        </Text>
      ) : null}
    </>
  );
}

interface SureProps {
  readonly text: string;
  readonly label: string;
  readonly busy: boolean;
  readonly onYes: () => void;
  readonly onNo: () => void;
}

function Sure({ text, label, busy, onYes, onNo }: SureProps) {
  const t = useT();
  return (
    <Stack>
      <Text size="sm">{text}</Text>
      <Group justify="flex-end">
        <Button variant="default" data-autofocus onClick={onNo}>
          {t("cancel")}
        </Button>
        <Button loading={busy} onClick={onYes}>
          {label}
        </Button>
      </Group>
    </Stack>
  );
}
