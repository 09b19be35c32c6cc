// The bar above every ordinary page: where one can go, and who one is.
import { Group, Menu, SegmentedControl, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { changeMe, logOut } from "../api/actions";
import { keys } from "../api/keys";
import { meQuery } from "../api/queries";
import type { Me } from "../api/types";
import { type Locale, setLocale, useT } from "../i18n";
import classes from "./Shell.module.css";
import { sayError } from "./toast";

export function Shell() {
  const t = useT();
  const { data: me } = useQuery(meQuery);
  const leads = me?.is_admin || me?.projects.some((project) => project.role === "lead");
  return (
    <div className={classes["shell"]}>
      <a href="#content" className={classes["skip"]}>
        {t("nav.skip")}
      </a>
      <header className={classes["bar"]}>
        <Link to="/" className={classes["brand"]}>
          <Mark /> Vidgrain
        </Link>
        <nav aria-label={t("nav.label")} className={classes["nav"]}>
          <Link to="/" activeOptions={{ exact: true }}>
            {t("nav.work")}
          </Link>
          <Link to="/projects">{t("nav.projects")}</Link>
          {leads ? <Link to="/runs">{t("nav.runs")}</Link> : null}
          {me?.is_admin ? <Link to="/users">{t("nav.users")}</Link> : null}
          {me?.is_admin ? <Link to="/jobs">{t("nav.jobs")}</Link> : null}
          {me?.is_admin ? <Link to="/webhooks">{t("hooks.title")}</Link> : null}
        </nav>
        {me ? <Person me={me} /> : null}
      </header>
      <main id="content" tabIndex={-1} className={classes["content"]}>
        <Outlet />
      </main>
    </div>
  );
}

export function Mark() {
  return <img src="/favicon.svg" alt="" width={20} height={20} />;
}

type Theme = "system" | "dark" | "light";

/** The person's theme and language, kept on the server and followed here. */
export function useLook(): { theme: Theme; setTheme: (theme: Theme) => void; changeLocale: (locale: Locale) => void } {
  const client = useQueryClient();
  const { data: me } = useQuery({ ...meQuery, enabled: false });
  const { setColorScheme } = useMantineColorScheme();
  const theme: Theme = me?.theme === "dark" || me?.theme === "light" ? me.theme : "system";
  const known = me !== undefined;
  useEffect(() => {
    if (known) setColorScheme(theme === "system" ? "auto" : theme);
  }, [known, theme, setColorScheme]);
  const change = (part: Partial<Pick<Me, "theme" | "locale">>, send: Parameters<typeof changeMe>[0]) => {
    client.setQueryData<Me>(keys.me, (before) => before && { ...before, ...part });
    changeMe(send).catch(sayError);
  };
  return {
    theme,
    setTheme: (chosen) => change({ theme: chosen }, { theme: chosen }),
    changeLocale: (locale) => {
      setLocale(locale);
      change({ locale }, { locale });
    },
  };
}

function Person({ me }: { me: Me }) {
  const t = useT();
  const client = useQueryClient();
  const navigate = useNavigate();
  const look = useLook();
  const leave = async () => {
    await logOut().catch(sayError);
    client.clear();
    await navigate({ to: "/login" });
  };
  return (
    <Menu position="bottom-end" width={260} shadow="md">
      <Menu.Target>
        <UnstyledButton className={classes["person"] ?? ""} aria-label={t("nav.account", { name: me.name })}>
          <span aria-hidden className={classes["initial"]}>
            {[...me.name][0]?.toUpperCase() ?? "?"}
          </span>
          {me.name}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{me.email}</Menu.Label>
        <Group px="sm" pb="xs" gap="xs" wrap="nowrap">
          <SegmentedControl
            size="xs"
            fullWidth
            aria-label={t("account.theme")}
            value={look.theme}
            onChange={look.setTheme}
            data={[
              { value: "system", label: t("account.theme.system") },
              { value: "dark", label: t("account.theme.dark") },
              { value: "light", label: t("account.theme.light") },
            ]}
          />
        </Group>
        <Group px="sm" pb="xs">
          <SegmentedControl
            size="xs"
            fullWidth
            aria-label={t("account.language")}
            value={me.locale}
            onChange={look.changeLocale}
            data={[
              { value: "en", label: "English" },
              { value: "ko", label: "한국어" },
            ]}
          />
        </Group>
        <Menu.Divider />
        <Menu.Item onClick={() => void navigate({ to: "/account" })}>{t("nav.settings")}</Menu.Item>
        <Menu.Item onClick={() => void leave()}>{t("nav.logout")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
