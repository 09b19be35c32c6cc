// The lanes that jobs wait in: how many wait, since when, how many run, and who serves them.
import { Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lanesQuery } from "../../api/background";
import type { Lane } from "../../api/types";
import { useT } from "../../i18n";
import { formatNumber, formatSeconds } from "../../ui/format";
import { Rows } from "../../ui/Listing";
import { Loaded } from "../../ui/Page";
import { laneWord } from "../words";

export function Lanes() {
  const t = useT();
  const lanes = useQuery(lanesQuery);
  return (
    <Loaded query={lanes}>
      {(rows) => (
        <Rows
          columns={[
            t("jobs.lane"),
            { label: t("jobs.waiting"), ta: "right" },
            { label: t("jobs.oldest"), ta: "right" },
            { label: t("jobs.delayed"), ta: "right" },
            { label: t("jobs.runningNow"), ta: "right" },
            { label: t("jobs.workers"), ta: "right" },
          ]}
          spacing={6}
          minWidth={520}
        >
          {rows.map((lane) => (
            <Row key={lane.lane} lane={lane} />
          ))}
        </Rows>
      )}
    </Loaded>
  );
}

function Row({ lane }: { lane: Lane }) {
  const t = useT();
  const word = laneWord[lane.lane];
  const deserted = lane.workers === 0 && lane.waiting > 0;
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={400}>
        {word ? t(word) : lane.lane}
      </Table.Th>
      <Table.Td ta="right">{formatNumber(lane.waiting)}</Table.Td>
      <Table.Td ta="right">{lane.oldest_wait_seconds === null ? "–" : formatSeconds(lane.oldest_wait_seconds)}</Table.Td>
      <Table.Td ta="right">{formatNumber(lane.delayed)}</Table.Td>
      <Table.Td ta="right">{formatNumber(lane.running)}</Table.Td>
      <Table.Td ta="right">
        {formatNumber(lane.workers)}
        {deserted ? (
          <Text size="xs" c="var(--vg-bad)">
            {t("jobs.deserted")}
          </Text>
        ) : null}
      </Table.Td>
    </Table.Tr>
  );
}
