// Every verdict in this project, newest first, with the reasons that were given.
import { Button, Stack, Table, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { reviewsQuery } from "../../api/queries";
import { useT } from "../../i18n";
import { reasonText } from "../../review/reasons";
import { formatWhen } from "../../ui/format";
import { TextLink } from "../../ui/links";
import { Empty, Loaded } from "../../ui/Page";
import { StateBadge } from "../../ui/StateBadge";
import { useProject } from "./ProjectFrame";

export function Reviews() {
  const t = useT();
  const project = useProject();
  const reviews = useInfiniteQuery(reviewsQuery(project.id));
  const items = reviews.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Stack>
      <Loaded query={reviews}>
        {() =>
          items.length === 0 ? (
            <Empty title={t("reviews.none")} next={t("reviews.noneNext")} />
          ) : (
            <Table verticalSpacing="xs">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("reviews.when")}</Table.Th>
                  <Table.Th>{t("reviews.verdict")}</Table.Th>
                  <Table.Th>{t("reviews.by")}</Table.Th>
                  <Table.Th>{t("reviews.why")}</Table.Th>
                  <Table.Th>
                    <span className="vg-visually-hidden">{t("actions")}</span>
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map((review) => (
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
                      <TextLink size="sm" to="/work/$taskId" params={{ taskId: review.task_id }}>
                        {t("open")}
                      </TextLink>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          )
        }
      </Loaded>
      {reviews.hasNextPage ? (
        <Button variant="default" loading={reviews.isFetchingNextPage} onClick={() => void reviews.fetchNextPage()}>
          {t("more")}
        </Button>
      ) : null}
    </Stack>
  );
}
