// Above the work that is judged: who handed it in, and what was said about it before.
import { Alert, Text } from "@mantine/core";
import type { TaskContext } from "../api/types";
import { useT } from "../i18n";
import { formatWhen } from "../ui/format";
import { reasonText } from "./reasons";

export function Handed({ context }: { context: TaskContext }) {
  const t = useT();
  const last = context.previous.at(-1);
  return (
    <>
      {last ? (
        <Text size="sm" c="dimmed">
          {t("review.submitted")}
          {last.author_name ? ` ${t("review.by", { name: last.author_name })}` : ""} · {formatWhen(last.submitted_at)}
        </Text>
      ) : null}
      {context.reviews.map((review) => (
        <Alert
          key={review.created_at}
          color={review.verdict === "return" ? "yellow" : "gray"}
          variant="light"
          p="xs"
          title={`${t(`review.verdict.${review.verdict}`)} · ${review.reviewer_name ?? t("reviews.policy")}`}
        >
          <Text size="sm">{review.reasons.map((reason) => reasonText(t, reason)).join(" · ")}</Text>
          {review.comment ? <Text size="sm">{review.comment}</Text> : null}
        </Alert>
      ))}
    </>
  );
}
