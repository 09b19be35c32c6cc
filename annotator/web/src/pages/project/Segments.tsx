// Segments and their questions (leads of FGQA projects): cut one here, or import many.
import { Button, Group, Stack, Table, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { segmentsQuery, videosQuery } from "../../api/queries";
import type { Segment } from "../../api/types";
import { useT } from "../../i18n";
import { ButtonLink } from "../../ui/links";
import { itemsOf, Listing } from "../../ui/Listing";
import { Empty } from "../../ui/Page";
import { ImportSegments } from "./ImportSegments";
import { NewSegment } from "./NewSegment";
import { useProject } from "./ProjectFrame";
import classes from "./Projects.module.css";

export function Segments() {
  const t = useT();
  const project = useProject();
  const segments = useInfiniteQuery(segmentsQuery(project.id));
  const videos = useInfiniteQuery(videosQuery(project.id));
  const [making, setMaking] = useState(false);
  const [importing, setImporting] = useState(false);
  const items = itemsOf(segments.data);
  const ready = itemsOf(videos.data).filter((video) => video.state === "ready");
  if (videos.data && ready.length === 0 && items.length === 0) {
    return (
      <Empty
        title={t("segments.noVideos")}
        next={t("segments.noVideosNext")}
        action={
          <ButtonLink to="/projects/$projectId/videos" params={{ projectId: project.id }}>
            {t("videos.add")}
          </ButtonLink>
        }
      />
    );
  }
  return (
    <Stack>
      <Group>
        <Button onClick={() => setMaking(true)} disabled={ready.length === 0}>
          {t("segments.new")}
        </Button>
        <Button variant="default" onClick={() => setImporting(true)}>
          {t("segments.import")}
        </Button>
      </Group>
      <Listing
        query={segments}
        items={items}
        none={{ title: t("segments.none"), next: t("segments.noneNext") }}
        columns={[t("segments.what"), t("segments.video"), t("segments.questions")]}
        row={(segment) => <Row key={segment.id} segment={segment} />}
      />
      {making ? <NewSegment projectId={project.id} videos={ready} onClose={() => setMaking(false)} /> : null}
      {importing ? <ImportSegments projectId={project.id} onClose={() => setImporting(false)} /> : null}
    </Stack>
  );
}

function Row({ segment }: { segment: Segment }) {
  const t = useT();
  return (
    <Table.Tr style={{ verticalAlign: "top" }}>
      <Table.Td>
        <Group gap="sm" wrap="nowrap" align="flex-start">
          <img
            src={`/api/videos/${segment.video_id}/pictures/${segment.picture_start}.jpg?quality=60`}
            alt=""
            loading="lazy"
            className={classes["thumb"]}
            style={{ objectFit: "cover" }}
          />
          <div>
            <Text size="sm" fw={550}>
              {segment.what || "–"}
            </Text>
            <Text size="xs" c="dimmed">
              {segment.domain}
            </Text>
          </div>
        </Group>
      </Table.Td>
      <Table.Td>
        <Text size="sm">{segment.video_name}</Text>
        <Text size="xs" c="dimmed">
          {t("segments.span", { start: segment.picture_start, end: segment.picture_end })}
        </Text>
      </Table.Td>
      <Table.Td>
        <Stack gap={4}>
          {segment.questions.map((question) => (
            <Text key={question.id} size="sm">
              {question.text}{" "}
              <Text span size="xs" c="dimmed">
                {t(`type.${question.q_type}`)}
                {question.draft === null ? "" : ` · ${t("segments.draftShort")}`}
              </Text>
            </Text>
          ))}
        </Stack>
      </Table.Td>
    </Table.Tr>
  );
}
