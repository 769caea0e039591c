/**
 * The two buttons that turn the pages of a list; their keys are the list's to listen to.
 * @module
 */
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { PressButton } from './press-button.tsx';

/** Nothing where there is one page. `previous` and `next` are undefined at the ends and while the desk is at work. */
export function PageTurner({
  page,
  pages,
  previous,
  next,
}: {
  readonly page: number;
  readonly pages: number;
  readonly previous: (() => void) | undefined;
  readonly next: (() => void) | undefined;
}) {
  const { t } = useTranslation();
  if (pages === 1) return null;
  return (
    <>
      <PressButton
        keyName="PageUp"
        icon={<ChevronLeft aria-hidden="true" />}
        isDisabled={previous === undefined}
        onPress={() => previous?.()}
      >
        {t('workList.previous')}
      </PressButton>
      <p role="status">{t('workList.page', { page, pages })}</p>
      <PressButton
        keyName="PageDown"
        icon={<ChevronRight aria-hidden="true" />}
        isDisabled={next === undefined}
        onPress={() => next?.()}
      >
        {t('workList.next')}
      </PressButton>
    </>
  );
}
