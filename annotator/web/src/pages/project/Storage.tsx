// How much a project's videos weigh and how much they may: shown to leads, set by administrators.
import { NumberInput, Progress, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { changeProject } from "../../api/actions";
import { storageQuery } from "../../api/intake";
import { keys } from "../../api/keys";
import { meQuery } from "../../api/queries";
import type { Project, StorageRoom } from "../../api/types";
import { useT } from "../../i18n";
import { Form } from "../../ui/Form";
import { fieldError } from "../../ui/FormError";
import { formatBytes } from "../../ui/format";
import { Loaded, Panel } from "../../ui/Page";
import { say } from "../../ui/toast";

const GB = 1e9;
/** A million gigabytes: more is a slip of the keys, and the server's whole numbers end not far above. */
const MOST_GB = 1_000_000;

/** One line: what is used and what is left. Nothing where there is no limit. */
export function Room({ projectId }: { projectId: string }) {
  const { data: room } = useQuery(storageQuery(projectId));
  return room && room.free_bytes !== null ? <RoomLine room={room} /> : null;
}

function RoomLine({ room }: { room: StorageRoom }) {
  const t = useT();
  const used = formatBytes(room.used_bytes);
  const quota = room.quota_bytes === null ? "" : formatBytes(room.quota_bytes);
  const free = formatBytes(room.free_bytes ?? 0);
  const key = room.quota_bytes !== null ? "fetches.room" : room.free_bytes !== null ? "fetches.roomSite" : "storage.noLimit";
  return (
    <Text size="sm" c={room.free_bytes === 0 ? "var(--vg-bad)" : "dimmed"}>
      {t(key, { used, quota, free })}
    </Text>
  );
}

export function Storage({ project }: { readonly project: Project }) {
  const t = useT();
  const storage = useQuery(storageQuery(project.id));
  const { data: me } = useQuery(meQuery);
  return (
    <Panel title={t("storage.title")}>
      <Loaded query={storage} rows={1}>
        {(room) => (
          <Stack gap="sm">
            <RoomLine room={room} />
            {room.quota_bytes === null ? null : (
              <Progress
                value={room.quota_bytes === 0 ? 100 : Math.min(100, (room.used_bytes / room.quota_bytes) * 100)}
                color={room.free_bytes === 0 ? "red" : "sky"}
                aria-label={t("storage.usedShare")}
              />
            )}
            {me?.is_admin ? (
              <Quota key={project.quota_bytes} project={project} usedBytes={room.used_bytes} />
            ) : (
              <Text size="sm" c="dimmed">
                {t("storage.adminSets")}
              </Text>
            )}
          </Stack>
        )}
      </Loaded>
    </Panel>
  );
}

function Quota({ project, usedBytes }: { readonly project: Project; readonly usedBytes: number }) {
  const t = useT();
  const client = useQueryClient();
  const [gigabytes, setGigabytes] = useState<number | string>(project.quota_bytes === null ? "" : project.quota_bytes / GB);
  const wanted = gigabytes === "" ? null : Number(gigabytes);
  const wrong = wanted !== null && !(wanted >= 0 && wanted <= MOST_GB);
  const bytes = wanted === null ? null : Math.round(wanted * GB);
  const save = useMutation({
    mutationFn: () => changeProject(project.id, { quota_bytes: bytes }),
    onSuccess: async () => {
      say(t("saved"));
      await client.invalidateQueries({ queryKey: keys.project(project.id) });
    },
  });
  return (
    <Form send={save} fields={["quota_bytes"]} label={t("save")} disabled={wrong || bytes === project.quota_bytes} quiet>
      <NumberInput
        label={t("storage.quota")}
        description={t("storage.quotaAbout")}
        maw={320}
        suffix=" GB"
        decimalScale={9}
        clampBehavior="none"
        value={gigabytes}
        onChange={setGigabytes}
        error={wrong ? t("storage.quotaRange", { most: MOST_GB }) : fieldError(save.error, "quota_bytes")}
      />
      {bytes !== null && !wrong && bytes < usedBytes ? (
        <Text size="sm" c="var(--vg-warn)" role="status">
          {t("storage.below", { used: formatBytes(usedBytes) })}
        </Text>
      ) : null}
    </Form>
  );
}
