// Webhooks: those of one project for its leads, those of the whole site for admins.
import { Button, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Webhook } from "../../api/types";
import { webhooksQuery } from "../../api/webhooks";
import { useT } from "../../i18n";
import { Empty, Loaded, Page, Panel } from "../../ui/Page";
import { useProject } from "../project/ProjectFrame";
import { AddWebhook } from "./AddWebhook";
import { Hook } from "./Hook";

export function ProjectWebhooks() {
  return <Webhooks projectId={useProject().id} />;
}

export function SiteWebhooks() {
  const t = useT();
  return (
    <Page title={t("hooks.title")} about={t("hooks.aboutSite")}>
      <Webhooks projectId={null} />
    </Page>
  );
}

function Webhooks({ projectId }: { readonly projectId: string | null }) {
  const t = useT();
  const hooks = useQuery(webhooksQuery(projectId));
  const [adding, setAdding] = useState(false);
  const add = <Button onClick={() => setAdding(true)}>{t("hooks.add")}</Button>;
  return (
    <Stack gap="lg">
      <Panel title={t("hooks.title")} actions={hooks.data?.length ? add : null}>
        <Text size="sm" c="dimmed" mb="sm">
          {t("hooks.about")}
        </Text>
        <Loaded query={hooks} rows={2}>
          {(list) =>
            list.length === 0 ? <Empty title={t("hooks.none")} next={t("hooks.noneNext")} action={add} /> : <HookList hooks={list} />
          }
        </Loaded>
      </Panel>
      <AddWebhook projectId={projectId} opened={adding} onClose={() => setAdding(false)} />
    </Stack>
  );
}

function HookList({ hooks }: { readonly hooks: readonly Webhook[] }) {
  return (
    <Stack gap="md" component="ul" p={0} m={0} style={{ listStyle: "none" }}>
      {hooks.map((hook) => (
        <Hook key={hook.id} hook={hook} />
      ))}
    </Stack>
  );
}
