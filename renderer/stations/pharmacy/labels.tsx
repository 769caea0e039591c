/**
 * Labels of 70 × 50 mm for what was handed out. The pharmacy knows no name: a line is left to write it on.
 * @module
 */
import { useTranslation } from 'react-i18next';
import type { PharmacyFlow } from '../../../contract/pharmacy-desk.ts';
import type { Term } from '../../../contract/station.ts';
import { rocDay, shortId } from '../../ui/calendar.ts';
import { CopyMark } from '../../ui/copy-mark.tsx';
import { termName } from '../../ui/term-search.ts';
import { type LabelSheet, type OwedSheet, sheetsOf } from './label-sheets.ts';

/** One sheet each. */
export function Labels({
  flow,
  pharmacy,
  medications,
}: {
  readonly flow: PharmacyFlow & { step: 'dispensed' };
  readonly pharmacy: string;
  readonly medications: readonly Term[];
}) {
  const { t, i18n } = useTranslation();
  const { prescription, paper } = flow;
  const drug = (code: string): string => termName(medications, code, i18n.language);
  const head = (corner: string, printed: number) => (
    <header className="label__head">
      <span>{pharmacy}</span>
      <CopyMark printed={printed} />
      <span>{corner}</span>
    </header>
  );
  const foot = (
    <footer className="label__foot">
      <span>{rocDay(paper.day, i18n.language)}</span>
      <span>{t('pharmacy.part', { part: prescription.part, parts: prescription.parts })}</span>
      <span className="code">{shortId(prescription.rxId)}</span>
    </footer>
  );
  const label = ({ line, of, given, insteadOf, doseChanged, printed }: LabelSheet) => (
    <article className="label" key={`label-${line}`} aria-label={t('paper.labelOf', { drug: drug(given.code) })}>
      {head(t('paper.line', { line, of }), printed)}
      <p className="label__drug">
        {drug(given.code)} {drug(given.code) === given.code ? null : <small className="code">{given.code}</small>}
      </p>
      <p className="label__dose">
        {t(`unit.${given.unit}`, { count: given.dose })} · {t('line.timesPerDay', { times: given.timesPerDay })} ·{' '}
        {t('line.days', { count: given.days })}
      </p>
      {insteadOf === undefined ? null : (
        <p className="label__note">{t('paper.insteadOf', { drug: drug(insteadOf) })}</p>
      )}
      {doseChanged ? <p className="label__note">{t('pharmacy.choice.dose-changed')}</p> : null}
      <p className="label__name">{t('paper.name')}</p>
      {foot}
    </article>
  );
  const owed = ({ codes, sheet, sheets, printed }: OwedSheet) => (
    <article className="label" key={`owed-${sheet}`} aria-label={t('paper.owed')}>
      {head(sheets > 1 ? t('paper.line', { line: sheet, of: sheets }) : '', printed)}
      <p className="label__drug">{t('paper.owed')}</p>
      <ul className="label__owed">
        {codes.map((code, i) => (
          // Two lines may be of one drug; their place tells them apart.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={i}>{drug(code)}</li>
        ))}
      </ul>
      <p className="label__note">{t('paper.owedNow')}</p>
      {foot}
    </article>
  );
  return <>{sheetsOf(flow).map((sheet) => (sheet.kind === 'label' ? label(sheet) : owed(sheet)))}</>;
}
