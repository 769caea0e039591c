/**
 * The button that prints a counted sheet: the station counts first, then the page prints. Ctrl+P prints no paper of ours, for nothing would count it.
 * @module
 */
import { Printer } from 'lucide-react';
import { type ReactNode, useCallback, useState } from 'react';
import { shownRefusal } from '../client/desk-model.ts';
import type { DeskHandle } from '../client/use-desk.ts';
import { ErrorPanel } from './error-panel.tsx';
import { PressButton } from './press-button.tsx';
import { PrintedSheet } from './printed-sheet.tsx';
import { useKeys } from './use-keys.ts';

/** `printed` is what the station counted of all its sheets; `children` are the sheets. */
export function PrintPaper({
  desk,
  rxId,
  printed,
  name,
  children,
}: {
  readonly desk: DeskHandle;
  readonly rxId: string;
  readonly printed: number;
  readonly name: string;
  readonly children: ReactNode;
}) {
  /** The count when the key was pressed, until the paper is out. */
  const [asked, setAsked] = useState<number>();
  const counted = asked !== undefined && printed > asked;
  const { busy } = desk.model;
  // Not disabled while the station counts: the button would lose the focus.
  const print = (): void => {
    if (busy) return;
    setAsked(printed);
    desk.send({ call: 'printed', rxId });
  };
  useKeys({ F8: print });
  const done = useCallback(() => setAsked(undefined), []);
  const refusal = shownRefusal(desk.model);
  return (
    <>
      {refusal === undefined ? null : <ErrorPanel refusal={refusal} attempt={desk.model.attempt} />}
      <PressButton keyName="F8" icon={<Printer aria-hidden="true" />} onPress={print}>
        {name}
      </PressButton>
      {counted ? <PrintedSheet onDone={done}>{children}</PrintedSheet> : null}
    </>
  );
}
