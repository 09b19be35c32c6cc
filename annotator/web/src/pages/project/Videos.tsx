// A project's videos: adding files (resumable), what the import is doing, and why a file was refused.
import { Alert, Button, Group, Menu, Progress, Stack, Table, Text } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { type DragEvent, useCallback, useEffect, useState } from "react";
import { removeVideo, unflagVideo } from "../../api/actions";
import { useEvents } from "../../api/events";
import { keys } from "../../api/keys";
import { videosQuery } from "../../api/queries";
import type { JobState, Video } from "../../api/types";
import { useT } from "../../i18n";
import { told } from "../../i18n/told";
import { formatBytes, formatNumber, formatSeconds } from "../../ui/format";
import { itemsOf, Listing } from "../../ui/Listing";
import { StateBadge } from "../../ui/StateBadge";
import { say, sayError } from "../../ui/toast";
import { atLeast, videoWord } from "../words";
import { FlagVideo } from "./FlagVideo";
import { Fetches } from "./Fetches";
import { useProject } from "./ProjectFrame";
import classes from "./Projects.module.css";
import { Room } from "./Storage";
import { stopUpload, startUploads, useUploads } from "./uploads";

interface JobEvent {
  id: string;
  state: JobState;
  progress: number;
  message: string;
}

const isJob = (data: unknown): data is JobEvent => typeof data === "object" && data !== null && "id" in data && "state" in data;
const POLL_MS = 4000;

export function Videos() {
  const t = useT();
  const project = useProject();
  const client = useQueryClient();
  const lead = atLeast(project.my_role, "lead");
  const videos = useInfiniteQuery(videosQuery(project.id));
  const items = itemsOf(videos.data);
  const [heard, setHeard] = useState<Readonly<Record<string, JobEvent>>>({});
  const busy = items.filter((video) => video.state === "queued" || video.state === "ingesting");

  const refresh = useCallback(() => client.invalidateQueries({ queryKey: keys.project(project.id) }), [client, project.id]);
  const jobs = busy.flatMap((video) => (video.progress ? [`job:${video.progress.job_id}`] : []));
  useEvents(
    jobs,
    ({ name, data }) => {
      if (name !== "job" || !isJob(data)) return;
      setHeard((before) => ({ ...before, [data.id]: data }));
      if (data.state !== "running" && data.state !== "queued") void refresh();
    },
    { onReconnect: () => void refresh() },
  );
  useEffect(() => {
    if (busy.length === 0) return;
    const timer = setInterval(() => void client.invalidateQueries({ queryKey: keys.videos(project.id) }), POLL_MS);
    return () => clearInterval(timer);
  }, [busy.length, client, project.id]);

  return (
    <Stack>
      {lead ? (
        <>
          <AddVideos projectId={project.id} onAdded={refresh} />
          <Room projectId={project.id} />
          <Fetches projectId={project.id} onDone={refresh} />
        </>
      ) : null}
      <Listing
        query={videos}
        items={items}
        none={{ title: t("videos.none"), next: t(lead ? "videos.noneLead" : "videos.noneNext") }}
        columns={[t("videos.video"), t("videos.length"), t("videos.size"), t("state")]}
        actions
        row={(video) => (
          <Row
            key={video.id}
            video={video}
            job={video.progress ? heard[video.progress.job_id] : undefined}
            remove={lead ? <Remove projectId={project.id} video={video} onRemoved={refresh} /> : null}
          />
        )}
      />
    </Stack>
  );
}

function Thumb({ video }: { video: Video }) {
  const sheet = video.thumbnails;
  if (!sheet) return <span className={classes["thumb"]} aria-hidden />;
  const scale = Math.max(96 / sheet.width, 54 / sheet.height);
  return (
    <span
      aria-hidden
      className={classes["thumb"]}
      style={{
        backgroundImage: `url(/api/videos/${video.id}/thumbnails.jpg)`,
        backgroundSize: `${sheet.columns * sheet.width * scale}px ${sheet.rows * sheet.height * scale}px`,
      }}
    />
  );
}

function Row({ video, job, remove }: { video: Video; job: JobEvent | undefined; remove: React.ReactNode }) {
  const t = useT();
  const fraction = job?.progress ?? video.progress?.fraction ?? 0;
  const busy = video.state === "queued" || video.state === "ingesting";
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="sm" wrap="nowrap">
          <Thumb video={video} />
          <div>
            <Text size="sm" fw={550} style={{ overflowWrap: "anywhere" }}>
              {video.name}
            </Text>
            <Text size="xs" c="dimmed" ff="monospace" title={video.sha256}>
              {video.sha256.slice(0, 12)}
            </Text>
          </div>
        </Group>
      </Table.Td>
      <Table.Td>
        {video.seconds === null || video.pictures === null ? (
          "–"
        ) : (
          <>
            <Text size="sm">{formatSeconds(video.seconds)}</Text>
            <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
              {t("videos.pictures", { pictures: video.pictures, grid: video.grid_length ?? 0 })}
            </Text>
          </>
        )}
      </Table.Td>
      <Table.Td>
        <Text size="sm">{formatBytes(video.size)}</Text>
        {video.source_width && video.source_height ? (
          <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
            {video.source_width} × {video.source_height}
          </Text>
        ) : null}
      </Table.Td>
      <Table.Td style={{ minWidth: 220 }}>
        <StateBadge state={video.state} label={t(videoWord[video.state])} />
        {busy ? (
          <>
            <Progress value={fraction * 100} mt={6} size="sm" aria-label={t("videos.importing", { name: video.name })} />
            <Text size="xs" c="dimmed" mt={4}>
              {told(job?.message || video.progress?.message || "") || t("videos.waiting")} {formatNumber(fraction * 100)} %
            </Text>
          </>
        ) : null}
        {video.flag_reason ? (
          <Text size="xs" mt={4} c="var(--vg-bad)">
            {t("flag.badge")}: {video.flag_reason}
          </Text>
        ) : null}
        {video.reason ? (
          <Text size="xs" mt={4} c="var(--vg-bad)">
            {told(video.reason)}
          </Text>
        ) : null}
      </Table.Td>
      <Table.Td ta="right">{remove}</Table.Td>
    </Table.Tr>
  );
}

function Remove({ projectId, video, onRemoved }: { projectId: string; video: Video; onRemoved: () => unknown }) {
  const t = useT();
  const remove = useMutation({ mutationFn: () => removeVideo(projectId, video.id), onSuccess: () => onRemoved(), onError: sayError });
  const [flagging, setFlagging] = useState(false);
  const unflag = useMutation({
    mutationFn: () => unflagVideo(projectId, video.id),
    onSuccess: ({ tasks }) => {
      say(t("flag.undone", { count: tasks }));
      return onRemoved();
    },
    onError: sayError,
  });
  return (
    <>
    <FlagVideo projectId={projectId} video={video} opened={flagging} onClose={() => setFlagging(false)} onDone={onRemoved} />
    <Menu position="bottom-end">
      <Menu.Target>
        <Button size="compact-sm" variant="default" aria-label={t("videos.actionsFor", { name: video.name })} loading={remove.isPending}>
          ⋯
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {video.flag_reason ? (
          <Menu.Item onClick={() => unflag.mutate()}>{t("flag.clear")}</Menu.Item>
        ) : (
          <Menu.Item onClick={() => setFlagging(true)}>{t("flag.set")}</Menu.Item>
        )}
        <Menu.Item onClick={() => remove.mutate()}>{t("videos.remove")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
    </>
  );
}

function AddVideos({ projectId, onAdded }: { projectId: string; onAdded: () => unknown }) {
  const t = useT();
  const [over, setOver] = useState(false);
  const uploads = useUploads((state) => state.uploads).filter((upload) => upload.projectId === projectId);
  const add = (files: FileList | null) => startUploads(projectId, [...(files ?? [])], onAdded);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    add(event.dataTransfer.files);
  };
  return (
    <div>
      {/* Dropping is a second way: the file input inside has the focus and the keys. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <label
        className={classes["drop"]}
        data-over={over || undefined}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <Text fw={600}>{t("videos.add")}</Text>
        <Text size="sm" c="dimmed">
          {t("videos.addAbout")}
        </Text>
        <input
          type="file"
          multiple
          accept="video/*,.mkv,.mov,.avi,.ts,.mts,.m2ts"
          className="vg-visually-hidden"
          onChange={(event) => {
            add(event.currentTarget.files);
            event.currentTarget.value = "";
          }}
        />
      </label>
      <Stack gap="xs" mt={uploads.length ? "sm" : 0}>
        {uploads.map((upload) =>
          upload.error ? (
            <Alert
              key={upload.id}
              color="red"
              variant="light"
              title={upload.file.name}
              withCloseButton
              closeButtonLabel={t("close")}
              onClose={() => stopUpload(upload.id)}
            >
              <Text size="sm">{upload.error}</Text>
              <Button size="compact-xs" variant="default" mt="xs" onClick={() => {
                stopUpload(upload.id);
                startUploads(projectId, [upload.file], onAdded);
              }}>
                {t("videos.tryAgain")}
              </Button>
            </Alert>
          ) : (
            <Group key={upload.id} gap="sm" wrap="nowrap">
              <Text size="sm" w={260} truncate>
                {upload.file.name}
              </Text>
              <Progress
                flex={1}
                value={(upload.received / Math.max(1, upload.file.size)) * 100}
                aria-label={t("videos.uploading", { name: upload.file.name })}
              />
              <Text size="xs" c="dimmed" w={130} ta="right">
                {formatBytes(upload.received)} / {formatBytes(upload.file.size)}
              </Text>
              <Button
                size="compact-xs"
                variant="default"
                aria-label={t("videos.stopNamed", { name: upload.file.name })}
                onClick={() => stopUpload(upload.id)}
              >
                {t("stop")}
              </Button>
            </Group>
          ),
        )}
      </Stack>
    </div>
  );
}
