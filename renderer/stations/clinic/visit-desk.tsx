/**
 * An open visit: patient and earlier records on the left, the draft on the right, then the review that is signed.
 * @module
 */
import { FileSignature, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ClinicFlow, ComfortView } from '../../../contract/clinic-desk.ts';
import type { Stage } from '../../../contract/stage.ts';
import type { StationDescription } from '../../../contract/station.ts';
import { shownRefusal } from '../../client/desk-model.ts';
import type { DeskHandle } from '../../client/use-desk.ts';
import { AskDialog } from '../../ui/ask-dialog.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Person } from '../../ui/person.tsx';
import { PressButton } from '../../ui/press-button.tsx';
import { useKeys } from '../../ui/use-keys.ts';
import { AllergyList } from './allergy-list.tsx';
import type { ClinicInput, ClinicView } from './clinic-view.ts';
import { DraftEditor } from './draft-editor.tsx';
import { checkDraft } from './draft-form.ts';
import { ProblemSummary } from './problem-summary.tsx';
import { RecordHistory } from './record-history.tsx';
import { ReviewPanel } from './review-panel.tsx';
import { reviewOf } from './safety-answers.ts';

/** `stages` while the desk signs. */
export interface VisitDeskProps {
  readonly desk: DeskHandle;
  readonly view: ClinicView;
  readonly visit: ClinicFlow & { step: 'opened' };
  readonly comfort: ComfortView | undefined;
  readonly stages: readonly Stage[] | undefined;
  readonly description: StationDescription;
  readonly change: (input: ClinicInput) => void;
}

/** F4 reviews, Escape goes one step back. */
export function VisitDesk({ desk, view, visit, comfort, stages, description, change }: VisitDeskProps) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(0);
  const [clearing, setClearing] = useState(false);
  const checked = checkDraft(view.form);
  const refusal = shownRefusal(desk.model);
  // The station's review of this very draft is what is shown and signed.
  const review = view.reviewing && checked.ok ? reviewOf(visit.review, checked.draft) : undefined;
  const reviewing = review !== undefined;
  const signing = stages !== undefined;
  const trouble = refusal === undefined ? null : <ErrorPanel refusal={refusal} attempt={desk.model.attempt} />;
  const problems = asked > 0 && !checked.ok ? checked.problems : [];
  const askReview = (): void => {
    if (!checked.ok) {
      setAsked(asked + 1);
      return;
    }
    change({ type: 'review' });
    desk.send({ call: 'reviewVisit', draft: checked.draft });
  };
  const clear = (): void => desk.send({ call: 'clear' });
  useKeys({
    F4: reviewing ? undefined : askReview,
    Escape: signing ? desk.cancel : reviewing ? () => change({ type: 'back' }) : () => setClearing(true),
  });
  return (
    <div className="visit-desk">
      <aside className="visit-desk__left" aria-label={t('clinic.patient')}>
        <h1 className="visually-hidden">{t('clinic.draft')}</h1>
        <div className="patient">
          <Person person={visit.person} />
          <PressButton
            look="quiet"
            icon={<Trash2 aria-hidden="true" />}
            isDisabled={desk.model.busy || signing}
            onPress={() => setClearing(true)}
          >
            {t('key.clear')}
          </PressButton>
        </div>
        <AllergyList allergies={visit.allergies} unreadable={visit.unreadableAllergies} description={description} />
        <h2 className="section-title">{t('clinic.history')}</h2>
        <RecordHistory records={visit.records} description={description} />
      </aside>
      <div className="visit-desk__right">
        {review !== undefined ? (
          <ReviewPanel
            review={review}
            reasons={view.reasons}
            description={description}
            stages={stages}
            comfort={comfort}
            busy={desk.model.busy}
            trouble={trouble}
            onSign={(pin, draft) => desk.send({ call: 'signVisit', pin, draft })}
            onReason={(finding, text) => change({ type: 'reason', finding, text })}
            onBack={() => change({ type: 'back' })}
            onCancel={desk.cancel}
          />
        ) : (
          <>
            <div className="visit-desk__head">
              <h2 className="section-title">{t('clinic.draft')}</h2>
              <PressButton look="primary" keyName="F4" icon={<FileSignature aria-hidden="true" />} onPress={askReview}>
                {t('clinic.review')}
              </PressButton>
            </div>
            {trouble}
            {problems.length === 0 ? null : (
              <ProblemSummary problems={problems} form={view.form} description={description} attempt={asked} />
            )}
            <DraftEditor
              form={view.form}
              problems={problems}
              description={description}
              mayControl={visit.mayControl}
              onEdit={(form) => change({ type: 'edited', form })}
            />
          </>
        )}
      </div>
      {clearing ? (
        <AskDialog title={t('clinic.clearTitle')} text={t('clinic.clearText')} onDismiss={() => setClearing(false)}>
          <PressButton
            look="danger"
            onPress={() => {
              setClearing(false);
              clear();
            }}
          >
            {t('clinic.clearYes')}
          </PressButton>
          <PressButton autoFocus onPress={() => setClearing(false)}>
            {t('key.back')}
          </PressButton>
        </AskDialog>
      ) : null}
    </div>
  );
}
