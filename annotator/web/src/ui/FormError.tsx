// What the server refused, where no field of the form shows it already.
import { Alert } from "@mantine/core";
import { asApiError } from "../api/error";
import { useT } from "../i18n";

interface Props {
  error: unknown;
  /** The fields that show their own message. */
  fields?: readonly string[];
}

export function FormError({ error, fields = [] }: Props) {
  const t = useT();
  if (!error) return null;
  const told = asApiError(error);
  const message = told.status === 0 ? t("error.unreachable") : told.besides(fields);
  if (!message) return null;
  return (
    <Alert color="red" variant="light" role="alert" p="xs">
      {message}
    </Alert>
  );
}

/** The message for one field of a refused form. */
export function fieldError(error: unknown, field: string): string | undefined {
  return error ? asApiError(error).field(field) : undefined;
}
