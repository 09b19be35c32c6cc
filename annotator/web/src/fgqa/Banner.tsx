// Below the task's bar while something stands between the work and the server: what it is, and what to do.
import { Button } from "@mantine/core";
import { useEffect, useState } from "react";
import type { Task } from "../api/types";
import type { DocumentStore } from "../editor/documentStore";
import { useDocumentState } from "../editor/useDocument";
import { useT } from "../i18n";
import type { Lease } from "../workbench/useLease";
import classes from "./work.module.css";

/** What the browser itself knows: at once, where a save would notice it later. */
function useOnline(): boolean {
  const [online, setOnline] = useState(() => navigator.onLine);
  useEffect(() => {
    const look = () => setOnline(navigator.onLine);
    window.addEventListener("online", look);
    window.addEventListener("offline", look);
    return () => {
      window.removeEventListener("online", look);
      window.removeEventListener("offline", look);
    };
  }, []);
  return online;
}

export function Banner({ task, store, lease }: { task: Task; store: DocumentStore; lease: Lease }) {
  const t = useT();
  const online = useOnline();
  const status = useDocumentState(store, (state) => state.status);
  const count = useDocumentState(store, (state) => state.unsaved);
  const message = useDocumentState(store, (state) => state.message);
  const offline = !online || status === "offline";
  const said =
    status === "forbidden" && count > 0
      ? t("banner.forbidden", { message: message ?? "", count })
      : status === "signed-out"
        ? t("banner.signedOut", { count })
        : offline
          ? count > 0
            ? t("banner.offline", { count })
            : t("banner.offlineNone")
          : task.mine && lease.lost
            ? t("banner.leaseOver")
            : null;
  if (said === null) return null;
  return (
    <div className={classes["banner"]} data-tone={status === "forbidden" ? "bad" : "warn"} role="alert">
      <span>{said}</span>
      {offline ? (
        <Button size="compact-xs" variant="default" onClick={() => store.resume()}>
          {t("banner.retry")}
        </Button>
      ) : null}
    </div>
  );
}
