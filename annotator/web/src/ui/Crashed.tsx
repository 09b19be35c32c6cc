// A page that failed to load or to draw: what happened, and a way on.
import { Button, Center, Stack } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import { useT } from "../i18n";
import { ErrorNote } from "./Page";

export function Crashed({ error }: { error: unknown }) {
  const t = useT();
  const router = useRouter();
  return (
    <Center mih="60vh" p="lg">
      <Stack w={480} maw="100%">
        <ErrorNote error={error} onRetry={() => void router.invalidate()} />
        <Button component="a" href="/" variant="default">
          {t("home")}
        </Button>
      </Stack>
    </Center>
  );
}
