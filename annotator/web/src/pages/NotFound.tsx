import { Anchor, Center } from "@mantine/core";
import { useT } from "../i18n";
import { Empty } from "../ui/Page";

export function NotFound() {
  const t = useT();
  return (
    <Center mih="60vh" p="lg">
      <Empty title={t("notFound.title")} next={t("notFound.next")} action={<Anchor href="/">{t("home")}</Anchor>} />
    </Center>
  );
}
