/**
 * One prescription: what was checked, its lines, and what can be done with it.
 * @module
 */
import { CircleCheck, CircleMinus, CircleX } from 'lucide-react';
import { useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ERRORS } from '../../../contract/errors.ts';
import type { LineOutcome } from '../../../contract/messages.ts';
import type { PrescriptionView } from '../../../contract/pharmacy-desk.ts';
import type { StationDescription } from '../../../contract/station.ts';
import { rocDay, shortId } from '../../ui/calendar.ts';
import { MedicationTable } from '../../ui/medication-table.tsx';
import { termName } from '../../ui/term-search.ts';
import { OutcomeEditor } from './outcome-editor.tsx';
import { PrescriptionActions, type PrescriptionDeeds } from './prescription-actions.tsx';
import { CHECKS, checksOf } from './prescription-checks.ts';

const ICONS = { passed: CircleCheck, failed: CircleX, unknown: CircleMinus } as const;

export interface PrescriptionCardProps {
  readonly prescription: PrescriptionView;
  readonly description: StationDescription;
  /** Whether an agent collects: who may not name another pharmacy. */
  readonly byAgent: boolean;
  readonly busy: boolean;
  /** Whether its pickup slip was scanned just now. */
  readonly scanned: boolean;
  /** The key on the button of the first prescription that can be handed out. */
  readonly keyName?: string;
  /** Without lines everything that is open is given. */
  readonly onHandOut: (lines?: readonly LineOutcome[]) => void;
  readonly deeds: Omit<PrescriptionDeeds, 'onHandOut' | 'onLineByLine'>;
}

const BADGES: Readonly<Record<PrescriptionView['state'], 'ok' | 'warn' | 'bad' | 'calm'>> = {
  ready: 'ok',
  accepted: 'ok',
  owing: 'warn',
  early: 'warn',
  locked: 'warn',
  collected: 'calm',
  refused: 'bad',
};

/** Readable at arm's length: state first, then checks, then lines. */
export function PrescriptionCard(props: PrescriptionCardProps) {
  const { prescription, description, busy, scanned, keyName, onHandOut, deeds } = props;
  const { medications, pharmacies } = description;
  const { t, i18n } = useTranslation();
  const [byLine, setByLine] = useState(false);
  const card = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    if (scanned) card.current?.focus();
  }, [scanned]);
  const checks = checksOf(prescription);
  const { state, refusal } = prescription;
  const sentTo = pharmacies.find(({ code }) => code === prescription.pharmacy)?.name ?? prescription.pharmacy;
  const isElsewhere = state === 'refused' && refusal?.code === 'RX_OTHER_PHARMACY';
  return (
    <article
      className={`rx rx--${state} ${scanned ? 'rx--scanned' : ''}`}
      aria-labelledby={`rx-${prescription.rxId}`}
      // The scan moves the focus here, nothing else does.
      tabIndex={-1}
      ref={card}
    >
      <header className="rx__head">
        <h2 className="rx__id" id={`rx-${prescription.rxId}`}>
          {t('clinic.rxId')} <span className="code">{shortId(prescription.rxId)}</span>
        </h2>
        <p className={`badge badge--${BADGES[state]}`}>{t(`pharmacy.state.${state}`)}</p>
        {prescription.controlled ? <p className="badge badge--warn">{t('pharmacy.controlled')}</p> : null}
        {isElsewhere ? <p className="badge badge--calm">{t('pharmacy.sentTo', { pharmacy: sentTo })}</p> : null}
        {scanned ? <p className="badge badge--ok">{t('pharmacy.scanned')}</p> : null}
        <dl className="rx__facts">
          <div>
            <dt>{t('pharmacy.issued')}</dt>
            <dd title={prescription.issued}>{rocDay(prescription.issued, i18n.language)}</dd>
          </div>
          <div>
            <dt>{t('pharmacy.expires')}</dt>
            <dd title={prescription.expires}>{rocDay(prescription.expires, i18n.language)}</dd>
          </div>
          <div>
            <dt className="visually-hidden">
              {t('pharmacy.part', { part: prescription.part, parts: prescription.parts })}
            </dt>
            <dd>{t('pharmacy.part', { part: prescription.part, parts: prescription.parts })}</dd>
          </div>
        </dl>
      </header>
      {refusal === undefined ? null : (
        <p className="rx__refusal">
          <strong>{t(`error.code.${refusal.code}.what`)}</strong> {t(`error.code.${refusal.code}.now`)}{' '}
          <span className="error__code">{t('error.ref', { ref: ERRORS[refusal.code].ref })}</span>
        </p>
      )}
      <div className="rx__body">
        <ul className="checks" aria-label={t('pharmacy.checks')}>
          {CHECKS.map((check) => {
            const Icon = ICONS[checks[check]];
            return (
              <li key={check} className={`check check--${checks[check]}`}>
                <Icon role="img" aria-label={t(`pharmacy.result.${checks[check]}`)} />
                {t(`pharmacy.check.${check}`)}
              </li>
            );
          })}
        </ul>
        <div className="rx__lines">
          <MedicationTable lines={prescription.lines} terms={medications} />
          {prescription.source === 'bureau' ? null : (
            <p className="rx__owed">{t(`pharmacy.source.${prescription.source}`)}</p>
          )}
          {prescription.owed.length === 0 ? null : (
            <p className="rx__owed">
              <strong>{t('pharmacy.owed')}</strong>{' '}
              {prescription.owed
                .map((line) => termName(medications, prescription.lines[line - 1]?.code ?? '', i18n.language))
                .join(t('pharmacy.listComma'))}
            </p>
          )}
          {state === 'early' && prescription.opensOn !== undefined ? (
            <p className="rx__owed">{t('pharmacy.opensOn', { day: rocDay(prescription.opensOn, i18n.language) })}</p>
          ) : null}
        </div>
      </div>
      {byLine ? (
        <OutcomeEditor
          prescription={prescription}
          medications={medications}
          busy={busy}
          onBack={() => setByLine(false)}
          onDone={onHandOut}
        />
      ) : (
        <PrescriptionActions
          prescription={prescription}
          busy={busy}
          keyName={keyName}
          sentTo={isElsewhere && !props.byAgent ? sentTo : undefined}
          deeds={{ ...deeds, onHandOut: () => onHandOut(), onLineByLine: () => setByLine(true) }}
        />
      )}
    </article>
  );
}
