// What masklets cost people, beside the figures of the SAM 2 paper: shown to leads of caption projects.
import { Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { effortQuery } from "../../api/queries";
import type { Effort as Figures, Project } from "../../api/types";
import { useLocale, useT } from "../../i18n";
import { Rows } from "../../ui/Listing";
import { Loaded, Panel } from "../../ui/Page";

/** Table 1 of the SAM 2 paper: the three phases of its data engine, measured on 6 fps frames as ours are. */
const PUBLISHED: readonly { readonly name: "effort.sam" | "effort.samSam2" | "effort.sam2"; readonly figures: Shown }[] = [
  { name: "effort.sam", figures: { seconds_per_frame: 37.8, edited_share: 1, clicks_per_edited_frame: 4.8 } },
  { name: "effort.samSam2", figures: { seconds_per_frame: 7.4, edited_share: 0.2325, clicks_per_edited_frame: 3.61 } },
  { name: "effort.sam2", figures: { seconds_per_frame: 4.5, edited_share: 0.1904, clicks_per_edited_frame: 2.68 } },
];

type Shown = Pick<Figures, "seconds_per_frame" | "edited_share" | "clicks_per_edited_frame">;

export function Effort({ project }: { readonly project: Project }) {
  const t = useT();
  const effort = useQuery(effortQuery(project.id));
  return (
    <Panel title={t("effort.title")}>
      <Loaded query={effort} rows={3}>
        {(told) => (
          <Stack gap="sm">
            <Text size="sm" c="dimmed">
              {told.masklets === 0 ? t("effort.none") : t("effort.about", { masklets: told.masklets, frames: told.frames })}
            </Text>
            <Rows
              spacing="xs"
              minWidth={480}
              columns={[
                t("effort.what"),
                { label: t("effort.seconds"), ta: "right" },
                { label: t("effort.edited"), ta: "right" },
                { label: t("effort.clicks"), ta: "right" },
              ]}
            >
              <Line name={t("effort.ours")} figures={told} strong />
              {PUBLISHED.map(({ name, figures }) => (
                <Line key={name} name={t(name)} figures={figures} quiet />
              ))}
              {told.newest.map((masklet) => (
                <Line
                  key={masklet.masklet_id}
                  name={`${masklet.video_name} · ${masklet.label || t("wb.subject.unnamed", { number: masklet.number })}`}
                  figures={masklet}
                />
              ))}
            </Rows>
          </Stack>
        )}
      </Loaded>
    </Panel>
  );
}

interface LineProps {
  readonly name: string;
  readonly figures: Shown;
  readonly strong?: boolean;
  readonly quiet?: boolean;
}

function Line({ name, figures, strong = false, quiet = false }: LineProps) {
  const locale = useLocale((state) => state.locale);
  const number = (value: number | null, digits: number, style: "decimal" | "percent" = "decimal") =>
    value === null ? "–" : value.toLocaleString(locale, { style, maximumFractionDigits: digits });
  return (
    <Table.Tr fw={strong ? 650 : 400} {...(quiet ? { c: "dimmed" } : {})}>
      <Table.Td>{name}</Table.Td>
      <Table.Td ta="right">{number(figures.seconds_per_frame, 1)}</Table.Td>
      <Table.Td ta="right">{number(figures.edited_share, 1, "percent")}</Table.Td>
      <Table.Td ta="right">{number(figures.clicks_per_edited_frame, 2)}</Table.Td>
    </Table.Tr>
  );
}
