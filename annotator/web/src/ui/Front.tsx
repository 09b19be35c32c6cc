// The frame of the pages before the log-in.
import { Center, Group, Paper, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { type Locale, setLocale, useLocale, useT } from "../i18n";
import { useTitle } from "./Page";
import { Mark } from "./Shell";

export function Front({ title, children }: { title: string; children: ReactNode }) {
  const t = useT();
  const locale = useLocale((state) => state.locale);
  useTitle(title);
  return (
    <Center mih="100vh" p="md" component="main">
      <Stack w={420} maw="100%">
        <Group justify="space-between">
          <Group gap={8}>
            <Mark />
            <Text fw={700}>Vidgrain</Text>
          </Group>
          <SegmentedControl<Locale>
            size="xs"
            aria-label={t("account.language")}
            value={locale}
            onChange={(next) => {
              setLocale(next);
              useLocale.setState({ chosen: true });
            }}
            data={[
              { value: "en", label: "English" },
              { value: "ko", label: "한국어" },
            ]}
          />
        </Group>
        <Paper withBorder p="xl" bg="var(--vg-panel)">
          <Title order={1} size="h3" mb="md">
            {title}
          </Title>
          {children}
        </Paper>
      </Stack>
    </Center>
  );
}
