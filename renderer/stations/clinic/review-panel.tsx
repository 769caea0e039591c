/**
 * Exactly what will be signed, beside the PIN that signs it. It stays in view until signing has ended.
 * @module
 */
import { FileSignature } from 'lucide-react';
import { type ReactNode, useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { ComfortView, VisitDraft } from '../../../contract/clinic-desk.ts';
import { substanceKey } from '../../../contract/safety.ts';
import type { Stage } from '../../../contract/stage.ts';
import type { StationDescription } from '../../../contract/station.ts';
import { MedicationTable } from '../../ui/medication-table.tsx';
import { PinPad } from '../../ui/pin-pad.tsx';
import { PressButton } from '../../ui/press-button.tsx';
import { StageList } from '../../ui/stage-list.tsx';
import { termName } from '../../ui/term-search.ts';
import { useKeys } from '../../ui/use-keys.ts';
import { answeredDraft, type Reasons, type Review, unanswered } from './safety-answers.ts';
import { SafetyPanel } from './safety-panel.tsx';
import { substanceName } from './substance-name.ts';

/** `stages` while signing is under way. */
export interface ReviewPanelProps {
  /** The station's review; its draft is the one that is signed. */
  readonly review: Review;
  readonly reasons: Reasons;
  readonly description: StationDescription;
  readonly stages: readonly Stage[] | undefined;
  readonly busy: boolean;
  /** Set while the card signs without a further PIN. */
  readonly comfort: ComfortView | undefined;
  /** Why the last signing was refused. */
  readonly trouble: ReactNode;
  readonly onSign: (pin: number[] | undefined, draft: VisitDraft) => void;
  readonly onReason: (finding: string, text: string) => void;
  readonly onBack: () => void;
  readonly onCancel: () => void;
}

/** The draft that is shown is the one that is handed to `onSign`, with the reasons that belong to what was found. */
export function ReviewPanel({
  review,
  reasons,
  description,
  stages,
  busy,
  comfort,
  trouble,
  onSign,
  onReason,
  onBack,
  onCancel,
}: ReviewPanelProps) {
  const { t, i18n } = useTranslation();
  const { draft } = review;
  const days = Math.max(...draft.lines.map((line) => line.days));
  const missing = unanswered(review, reasons).length;
  const pharmacy = description.pharmacies.find((entry) => entry.code === draft.pharmacy);
  const signing = stages !== undefined;
  // A record is one signature, its prescription another: with fewer left the PIN is due.
  const covered = comfort !== undefined && comfort.remaining >= (draft.lines.length === 0 ? 1 : 2);
  const blocked = busy || missing > 0;
  const sign = (pin?: number[]): void => onSign(pin, answeredDraft(review, reasons));
  useKeys({ F9: covered && !signing && !blocked ? () => sign() : undefined });
  const title = useRef<HTMLHeadingElement>(null);
  const asksReason = useRef(missing > 0);
  useLayoutEffect(() => {
    // A reason that is missing takes the focus itself.
    if (!asksReason.current) title.current?.focus();
  }, []);
  return (
    <section className="review" aria-labelledby="review-title" aria-busy={signing}>
      <div className="review__sheet">
        <h2 className="review__title" id="review-title" tabIndex={-1} ref={title}>
          <FileSignature aria-hidden="true" />
          {t('clinic.reviewTitle')}
        </h2>
        <SafetyPanel
          review={review}
          reasons={reasons}
          description={description}
          isDisabled={signing}
          onReason={onReason}
        />
        <dl className="facts facts--stacked">
          <div className="fact">
            <dt>{t('clinic.diagnoses')}</dt>
            <dd>
              <ol className="plain">
                {draft.diagnoses.map((code) => (
                  <li key={code}>
                    <span className="code">{code}</span> {termName(description.conditions, code, i18n.language)}
                  </li>
                ))}
              </ol>
            </dd>
          </div>
          <div className="fact">
            <dt>{t('clinic.note')}</dt>
            <dd className="review__note">{draft.note === '' ? '—' : draft.note}</dd>
          </div>
          <div className="fact">
            <dt>{t('clinic.lines')}</dt>
            <dd>
              {draft.lines.length === 0 ? (
                t('clinic.noRx')
              ) : (
                <MedicationTable lines={draft.lines} terms={description.medications} />
              )}
            </dd>
          </div>
          {draft.parts === undefined ? null : (
            <div className="fact">
              <dt>{t('clinic.parts')}</dt>
              <dd>{t('clinic.partsHint', { parts: draft.parts, days, all: days * draft.parts })}</dd>
            </div>
          )}
          {draft.controlled === true ? (
            <div className="fact">
              <dt>{t('clinic.controlled')}</dt>
              <dd>{t('clinic.controlledHint')}</dd>
            </div>
          ) : null}
          {draft.lines.length === 0 ? null : (
            <div className="fact">
              <dt>{t('clinic.pharmacy')}</dt>
              <dd>{pharmacy === undefined ? t('clinic.noPharmacy') : `${pharmacy.name}（${pharmacy.code}）`}</dd>
            </div>
          )}
          {draft.allergies === undefined ? null : (
            <div className="fact">
              <dt>{t('clinic.allergy.record')}</dt>
              <dd>
                <ul className="plain">
                  {draft.allergies.map(({ substance, criticality }) => (
                    <li key={substanceKey(substance)}>
                      {substanceName(substance, description, i18n.language)}（
                      {t(`clinic.allergy.criticality.${criticality}`)}）
                    </li>
                  ))}
                </ul>
              </dd>
            </div>
          )}
        </dl>
        <p className="review__law">{t(covered ? 'clinic.comfortLaw' : 'clinic.reviewLaw')}</p>
      </div>
      <div className="review__side">
        {signing ? (
          <>
            <h2 className="review__working">{t('task.signing')}</h2>
            <StageList stages={stages} />
            <PressButton look="quiet" keyName="Esc" onPress={onCancel}>
              {t('key.cancel')}
            </PressButton>
          </>
        ) : (
          <>
            {trouble}
            {missing === 0 ? null : (
              <p className="review__missing" role="status">
                {t('clinic.safety.unanswered', { count: missing })}
              </p>
            )}
            {covered ? (
              <>
                <p className="review__comfort">{t('clinic.comfortSign')}</p>
                <PressButton
                  look="primary"
                  keyName="F9"
                  icon={<FileSignature aria-hidden="true" />}
                  isDisabled={blocked}
                  onPress={() => sign()}
                >
                  {t('clinic.sign')}
                </PressButton>
              </>
            ) : (
              <PinPad label={t('clinic.needPin')} confirm={t('clinic.sign')} isDisabled={blocked} onPin={sign} />
            )}
            <PressButton look="quiet" keyName="Esc" isDisabled={busy} onPress={onBack}>
              {t('clinic.backToDraft')}
            </PressButton>
          </>
        )}
      </div>
    </section>
  );
}
