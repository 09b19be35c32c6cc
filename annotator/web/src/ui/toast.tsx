// Short messages in the corner, announced to screen readers; errors stay until closed.
import { Notification, Stack } from "@mantine/core";
import { create } from "zustand";
import { useT } from "../i18n";

interface Toast {
  id: number;
  text: string;
  bad: boolean;
}

const useToasts = create<{ toasts: readonly Toast[] }>(() => ({ toasts: [] }));
const SHOWN_MS = 5000;
let lastId = 0;

const close = (id: number) => useToasts.setState((state) => ({ toasts: state.toasts.filter((toast) => toast.id !== id) }));

export function say(text: string): void {
  const id = ++lastId;
  useToasts.setState((state) => ({ toasts: [...state.toasts, { id, text, bad: false }] }));
  setTimeout(() => close(id), SHOWN_MS);
}

export function sayError(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  useToasts.setState((state) => ({ toasts: [...state.toasts.slice(-4), { id: ++lastId, text, bad: true }] }));
}

export function Toasts() {
  const t = useT();
  const toasts = useToasts((state) => state.toasts);
  return (
    <Stack gap="xs" role="status" aria-live="polite" style={{ position: "fixed", right: 16, bottom: 16, zIndex: 400, width: 340 }}>
      {toasts.map((toast) => (
        <Notification
          key={toast.id}
          role={toast.bad ? "alert" : "presentation"}
          color={toast.bad ? "red" : "teal"}
          withBorder
          closeButtonProps={{ "aria-label": t("close") }}
          onClose={() => close(toast.id)}
        >
          {toast.text}
        </Notification>
      ))}
    </Stack>
  );
}
