// The frame of an ordinary page: title, what can be done, and the states every page has (loading, failed, empty).
import { Alert, Box, Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { asApiError } from "../api/error";
import { useT } from "../i18n";
import classes from "./Page.module.css";

interface PageProps {
  title: string;
  about?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, about, actions, children }: PageProps) {
  useTitle(title);
  return (
    <Box className={classes["page"] ?? ""}>
      <Group justify="space-between" align="flex-start" mb="lg" wrap="nowrap">
        <div>
          <Title order={1} size="h3">
            {title}
          </Title>
          {about ? (
            <Text c="dimmed" size="sm" mt={4} maw={720}>
              {about}
            </Text>
          ) : null}
        </div>
        {actions ? <Group gap="sm">{actions}</Group> : null}
      </Group>
      {children}
    </Box>
  );
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · Vidgrain` : "Vidgrain";
  }, [title]);
}

interface PanelProps {
  title?: string;
  actions?: ReactNode;
  children: ReactNode;
}

/** A raised area with a heading. */
export function Panel({ title, actions, children }: PanelProps) {
  return (
    <section className={classes["panel"]} aria-label={title}>
      {title || actions ? (
        <Group justify="space-between" mb="sm">
          {title ? (
            <Title order={2} size="h5">
              {title}
            </Title>
          ) : (
            <span />
          )}
          {actions ? <Group gap="xs">{actions}</Group> : null}
        </Group>
      ) : null}
      {children}
    </section>
  );
}

interface EmptyProps {
  title: string;
  next: ReactNode;
  action?: ReactNode;
}

/** Nothing here yet: says so, and what to do next. */
export function Empty({ title, next, action }: EmptyProps) {
  return (
    <Stack align="center" gap={6} className={classes["empty"] ?? ""}>
      <Text fw={600}>{title}</Text>
      <Text c="dimmed" size="sm" ta="center" maw={460}>
        {next}
      </Text>
      {action ? <Box mt="sm">{action}</Box> : null}
    </Stack>
  );
}

interface ErrorNoteProps {
  error: unknown;
  onRetry?: () => void;
}

export function ErrorNote({ error, onRetry }: ErrorNoteProps) {
  const t = useT();
  const told = asApiError(error);
  const message = told.status === 0 ? t("error.unreachable") : told.status === 404 ? t("error.notFound") : told.message;
  return (
    <Alert color="red" variant="light" role="alert" title={t("error.title")}>
      <Text size="sm">{message}</Text>
      {onRetry ? (
        <Button size="xs" variant="default" mt="sm" onClick={onRetry}>
          {t("retry")}
        </Button>
      ) : null}
    </Alert>
  );
}

interface LoadedProps<Data> {
  query: Pick<UseQueryResult<Data>, "data" | "error" | "refetch">;
  rows?: number;
  children: (data: Data) => ReactNode;
}

/** The children once the data is there; grey bars until then; the error with a retry when it fails. */
export function Loaded<Data>({ query, rows = 3, children }: LoadedProps<Data>) {
  const t = useT();
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) return <ErrorNote error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <Stack gap="sm" role="status" aria-label={t("loading")}>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={40} radius="md" />
      ))}
    </Stack>
  );
}
