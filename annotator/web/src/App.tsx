import { useT } from "./i18n";

export function App() {
  const t = useT();
  return <main>{t("app.name")}</main>;
}
