/**
 * What the draft meets, before it is signed: each finding with its gravity and, where it wants one, the reason beside it. What could not be
 * checked is said as plainly as what was found.
 * @module
 */
import { CircleAlert, CircleCheck, Info, OctagonX, ShieldQuestion, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { type Finding, type Severity, wantsReason } from '../../../contract/safety.ts';
import type { StationDescription } from '../../../contract/station.ts';
import { termName } from '../../ui/term-search.ts';
import { type Reasons, type Review, unanswered } from './safety-answers.ts';
import { substanceName } from './substance-name.ts';

/** `onReason` is called with every change of a reason. */
export interface SafetyPanelProps {
  readonly review: Review;
  readonly reasons: Reasons;
  readonly description: StationDescription;
  readonly isDisabled: boolean;
  readonly onReason: (finding: string, text: string) => void;
}

function SeverityIcon({ severity }: { readonly severity: Severity }) {
  switch (severity) {
    case 'contraindicated':
      return <OctagonX aria-hidden="true" />;
    case 'serious':
      return <TriangleAlert aria-hidden="true" />;
    case 'moderate':
      return <CircleAlert aria-hidden="true" />;
  }
}

/** The first reason that is missing takes the focus. */
export function SafetyPanel({ review, reasons, description, isDisabled, onReason }: SafetyPanelProps) {
  const { t, i18n } = useTranslation();
  const { findings, unchecked, unverifiedRecords, notOnCard, table } = review;
  const language = i18n.language;
  const missing = unanswered(review, reasons);
  const sentence = ({ kind, codes, substance, text, earlier }: Finding): string => {
    switch (kind) {
      case 'allergy':
        return substance === undefined
          ? ''
          : t('clinic.safety.allergyText', { substance: substanceName(substance, description, language) });
      case 'interaction':
        return (language === 'en' ? text?.en : text?.zh) ?? '';
      case 'duplicate':
        if (codes.length > 1) return t('clinic.safety.sameGroup');
        return t(earlier ? 'clinic.safety.stillTaken' : 'clinic.safety.sameSubstance');
    }
  };
  const line = (icon: 'info' | 'warn' | 'ok', words: string) => (
    <p className={`notice-line notice-line--${icon}`} key={words}>
      {icon === 'ok' ? <CircleCheck aria-hidden="true" /> : null}
      {icon === 'info' ? <Info aria-hidden="true" /> : null}
      {icon === 'warn' ? <ShieldQuestion aria-hidden="true" /> : null}
      {words}
    </p>
  );
  const names = unchecked
    .map((substance) => substanceName(substance, description, language))
    .join(language === 'en' ? ', ' : '、');
  return (
    <section className="safety" aria-labelledby="safety-title">
      <h3 className="safety__title" id="safety-title">
        {t('clinic.safety.title')}
      </h3>
      {findings.length === 0 && table !== undefined ? line('ok', t('clinic.safety.none')) : null}
      {table === undefined ? line('warn', t('clinic.safety.noTable')) : null}
      <ul className="safety__list">
        {findings.map((finding) => {
          const { id, kind, severity, codes, earlier } = finding;
          const wants = wantsReason(finding);
          return (
            <li key={id} className={`finding finding--${severity}`} data-finding={id}>
              <SeverityIcon severity={severity} />
              <div className="finding__body">
                <p className="finding__head">
                  <strong>{t(`clinic.safety.severity.${severity}`)}</strong>
                  <span>{t(`clinic.safety.kind.${kind}`)}</span>
                </p>
                <p className="finding__drugs">
                  {codes.map((code) => termName(description.medications, code, language)).join(' + ')}
                </p>
                <p>{sentence(finding)}</p>
                {earlier && codes.length > 1 ? <p className="finding__earlier">{t('clinic.safety.earlier')}</p> : null}
                {wants ? (
                  <label className="finding__reason">
                    <span>{t('clinic.safety.reason')}</span>
                    <input
                      className="field"
                      // The panel is new with every review.
                      autoFocus={missing[0]?.id === id}
                      maxLength={200}
                      required
                      disabled={isDisabled}
                      placeholder={t('clinic.safety.reasonHint')}
                      aria-invalid={missing.some((one) => one.id === id)}
                      value={reasons[id] ?? ''}
                      onChange={(event) => onReason(id, event.target.value)}
                    />
                  </label>
                ) : null}
              </div>
            </li>
          );
        })}
      </ul>
      {unchecked.length === 0 ? null : line('warn', t('clinic.safety.unchecked', { items: names }))}
      {unverifiedRecords === 0 ? null : line('warn', t('clinic.safety.unverified', { count: unverifiedRecords }))}
      {notOnCard === 0 ? null : line('warn', t('clinic.safety.notOnCard', { count: notOnCard }))}
      {table === undefined ? null : line('info', t('clinic.safety.table', { ...table }))}
    </section>
  );
}
