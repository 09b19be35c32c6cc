// A dialog with a named close button.
import { Modal, type ModalProps } from "@mantine/core";
import { useT } from "../i18n";

export function Dialog(props: Omit<ModalProps, "closeButtonProps">) {
  const t = useT();
  return <Modal {...props} closeButtonProps={{ "aria-label": t("close") }} />;
}
