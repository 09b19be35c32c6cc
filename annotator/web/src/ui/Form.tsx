// A form that sends one change: its fields under each other, the refusal that no field shows, and the buttons at its end.
import { Button, Group, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { useT } from "../i18n";
import { FormError } from "./FormError";

interface Props {
  /** The mutation that the form is for. */
  readonly send: { readonly mutate: () => void; readonly error: unknown; readonly isPending: boolean };
  /** The fields that show their own refusal. */
  readonly fields?: readonly string[];
  /** What the button says. */
  readonly label: string;
  readonly disabled?: boolean;
  /** A form that is one of several on its page: its button is not the page's main one. */
  readonly quiet?: boolean;
  readonly onCancel?: () => void;
  readonly children: ReactNode;
}

export function Form({ send, fields = [], label, disabled = false, quiet = false, onCancel, children }: Props) {
  const t = useT();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send.mutate();
      }}
    >
      <Stack gap="sm">
        {children}
        <FormError error={send.error} fields={fields} />
        <Group justify="flex-end">
          {onCancel ? (
            <Button variant="default" onClick={onCancel}>
              {t("cancel")}
            </Button>
          ) : null}
          <Button type="submit" variant={quiet ? "default" : "filled"} loading={send.isPending} disabled={disabled}>
            {label}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
