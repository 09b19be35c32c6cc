// What is said about a built release, always with a reason: keep it, use it no more, delete its files.
import { Button, Group, Text, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { deleteRelease, sayOfRelease } from "../../api/actions";
import { keys } from "../../api/keys";
import type { Release } from "../../api/types";
import { type MessageKey, useT } from "../../i18n";
import { Dialog } from "../../ui/Dialog";
import { Form } from "../../ui/Form";
import { fieldError } from "../../ui/FormError";
import { ErrorNote, Panel } from "../../ui/Page";
import { tooLong } from "../../ui/tooLong";

type Verb = "kept_why" | "deprecated_why" | "delete";
const LABEL: Readonly<Record<Verb, MessageKey>> = {
  kept_why: "release.keep",
  deprecated_why: "release.deprecate",
  delete: "release.delete",
};
const UNDO = { kept_why: "release.keepNo", deprecated_why: "release.deprecateNo" } as const;

export function ReleaseSay({ release }: { release: Release }) {
  const t = useT();
  const client = useQueryClient();
  const [asking, setAsking] = useState<Verb | null>(null);
  const [reason, setReason] = useState("");
  const done = async () => {
    setAsking(null);
    setReason("");
    await client.invalidateQueries({ queryKey: keys.release(release.id) });
    await client.invalidateQueries({ queryKey: keys.releases(release.project_id) });
  };
  const send = useMutation({
    mutationFn: (verb: Verb) =>
      verb === "delete" ? deleteRelease(release.id, reason.trim()) : sayOfRelease(release.id, { [verb]: reason.trim() }),
    onSuccess: done,
  });
  const undo = useMutation({
    mutationFn: (verb: keyof typeof UNDO) => sayOfRelease(release.id, { [verb]: null }),
    onSuccess: done,
  });
  // Of one that was not built there is nothing to keep or to use.
  const verbs = release.state === "ready" ? (["kept_why", "deprecated_why"] as const) : [];
  const ask = { ...send, mutate: () => asking && send.mutate(asking) };
  return (
    <Panel title={t(release.state === "ready" ? "release.say" : "release.delete")}>
      {undo.error ? <ErrorNote error={undo.error} /> : null}
      {release.kept_why ? <Text size="sm">{t("release.kept", { why: release.kept_why })}</Text> : null}
      <Group mt="sm">
        {verbs.map((verb) =>
          release[verb] ? (
            <Button key={verb} variant="default" loading={undo.isPending} onClick={() => undo.mutate(verb)}>
              {t(UNDO[verb])}
            </Button>
          ) : (
            <Button key={verb} variant="default" onClick={() => setAsking(verb)}>
              {t(LABEL[verb])}
            </Button>
          ),
        )}
        <Button variant="default" color="red" disabled={release.kept_why !== null} onClick={() => setAsking("delete")}>
          {t("release.delete")}
        </Button>
      </Group>
      <Dialog opened={asking !== null} onClose={() => setAsking(null)} title={asking ? t(LABEL[asking]) : ""}>
        <Form
          send={ask}
          fields={["reason", "kept_why", "deprecated_why"]}
          label={asking ? t(LABEL[asking]) : ""}
          disabled={!reason.trim()}
          onCancel={() => setAsking(null)}
        >
          {asking === "delete" ? (
            <Text size="sm" c="dimmed">
              {t("release.deleteAbout")}
            </Text>
          ) : null}
          <Textarea
            label={t("release.reason")}
            required
            autosize
            minRows={2}
            data-autofocus
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            error={tooLong(reason, 500) ?? fieldError(send.error, asking === "delete" ? "reason" : (asking ?? "reason"))}
          />
        </Form>
      </Dialog>
    </Panel>
  );
}
