/**
 * A question over the screen, with its answers.
 * @module
 */
import type { ReactNode } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';

/** Escape and a touch outside mean "no" (`onDismiss`). */
export function AskDialog({
  title,
  text,
  body,
  children,
  onDismiss,
}: {
  readonly title: string;
  readonly text: string;
  /** What is to be given with the answer. */
  readonly body?: ReactNode;
  readonly children: ReactNode;
  readonly onDismiss: () => void;
}) {
  return (
    <ModalOverlay
      className="veil"
      isOpen
      isDismissable
      onOpenChange={(open) => {
        if (!open) onDismiss();
      }}
    >
      <Modal className="ask">
        <Dialog className="ask__dialog" role="alertdialog">
          <Heading slot="title" className="ask__title">
            {title}
          </Heading>
          <p className="ask__text">{text}</p>
          {body}
          <div className="ask__actions">{children}</div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
