// Every verdict in this project, newest first, with the reasons that were given.
import { Stack, Table, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { reviewsQuery } from "../../api/queries";
import { useT } from "../../i18n";
import { reasonText } from "../../review/reasons";
import { formatWhen } from "../../ui/format";
import { TextLink } from "../../ui/links";
import { itemsOf, Listing } from "../../ui/Listing";
import { StateBadge } from "../../ui/StateBadge";
import { taskWord } from "../words";
import { useProject } from "./ProjectFrame";

export function Reviews() {
  const t = useT();
  const project = useProject();
  const reviews = useInfiniteQuery(reviewsQuery(project.id));
  const items = itemsOf(reviews.data);
  return (
    <Stack>
      <Listing
        query={reviews}
        items={items}
        none={{ title: t("reviews.none"), next: t("reviews.noneNext") }}
        columns={[t("reviews.when"), t("reviews.verdict"), t("reviews.by"), t("reviews.why")]}
        actions
        spacing="xs"
        row={(review) => (
          <Table.Tr key={review.id}>
            <Table.Td>{formatWhen(review.created_at)}</Table.Td>
            <Table.Td>
              <StateBadge state={review.verdict} label={t(`review.verdict.${review.verdict}`)} />
            </Table.Td>
            <Table.Td>{review.reviewer_name ?? t("reviews.policy")}</Table.Td>
            <Table.Td>
              <Text size="sm">{review.reasons.map((reason) => reasonText(t, reason)).join(", ")}</Text>
              {review.comment ? (
                <Text size="xs" c="dimmed">
                  {review.comment}
                </Text>
              ) : null}
            </Table.Td>
            <Table.Td ta="right">
              <TextLink
                size="sm"
                mr="sm"
                to="/compare/$taskId"
                params={{ taskId: review.task_id }}
                aria-label={t("compare.openNamed", { kind: t(taskWord[review.kind]), video: review.video_name })}
              >
                {t("compare.open")}
              </TextLink>
              <TextLink size="sm" to="/work/$taskId" params={{ taskId: review.task_id }}>
                {t("open")}
              </TextLink>
            </Table.Td>
          </Table.Tr>
        )}
      />
    </Stack>
  );
}
