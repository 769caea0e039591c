/**
 * The same notice on paper (A5), to take home: when, where and why, and the whole hash of the log's line. No name: it may be lost.
 * @module
 */
import { Printer } from 'lucide-react';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { StationDescription } from '../../../contract/station.ts';
import { PressButton } from '../../ui/press-button.tsx';
import { PrintedSheet } from '../../ui/printed-sheet.tsx';
import { useKeys } from '../../ui/use-keys.ts';
import { type Notices, OpenedLine } from './opened-line.tsx';

/** F8 prints. Not counted: a second one does no harm. */
export function PrintOpened({
  notices,
  description,
}: {
  readonly notices: Notices;
  readonly description: StationDescription;
}) {
  const { t } = useTranslation();
  const [isPrinting, setIsPrinting] = useState(false);
  const done = useCallback(() => setIsPrinting(false), []);
  const print = (): void => setIsPrinting(true);
  useKeys({ F8: print });
  const here = description.institutions.find(({ desk }) => desk === 'registration')?.name;
  return (
    <>
      <PressButton keyName="F8" icon={<Printer aria-hidden="true" />} onPress={print}>
        {t('registration.openedPrint')}
      </PressButton>
      {isPrinting ? (
        <PrintedSheet onDone={done}>
          <article className="slip" aria-label={t('registration.openedTitle')}>
            <header className="slip__head">
              <p className="slip__from">{here}</p>
              <h1 className="slip__title">{t('registration.openedTitle')}</h1>
            </header>
            <ul className="slip__said">
              {notices.map((notice) => (
                <OpenedLine key={notice.log.position} notice={notice} whole />
              ))}
            </ul>
            <p className="slip__now">{t('registration.openedHow')}</p>
          </article>
        </PrintedSheet>
      ) : null}
    </>
  );
}
