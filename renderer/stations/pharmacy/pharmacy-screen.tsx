/**
 * Pharmacy: sign-on, card in -> verified list -> handed out.
 * @module
 */
import { ClipboardList, RefreshCw, ScanLine } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LineOutcome } from '../../../contract/messages.ts';
import type { PrescriptionView } from '../../../contract/pharmacy-desk.ts';
import type { RefillException } from '../../../contract/prescription-state.ts';
import type { DeskState, StationDescription } from '../../../contract/station.ts';
import { shownRefusal } from '../../client/desk-model.ts';
import type { DeskHandle } from '../../client/use-desk.ts';
import { useScan } from '../../client/use-scan.ts';
import { AskPin } from '../../ui/ask-pin.tsx';
import { when } from '../../ui/calendar.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { PressButton } from '../../ui/press-button.tsx';
import { OnDuty, SignOn } from '../../ui/sign-on.tsx';
import { StageList } from '../../ui/stage-list.tsx';
import { useKeys } from '../../ui/use-keys.ts';
import { Working } from '../../ui/working.tsx';
import { HandedOut } from './handed-out.tsx';
import { PrescriptionCard } from './prescription-card.tsx';
import { WorkList } from './work-list.tsx';

const handsOut = ({ state }: PrescriptionView): boolean =>
  state === 'ready' || state === 'accepted' || state === 'owing';

/** What is handed out, for as long as the patient is asked for the PIN. */
interface AskedHandOut {
  readonly rxId: string;
  readonly handOut: { readonly lines?: LineOutcome[]; readonly exception?: RefillException };
}

const deedsOf = (desk: DeskHandle, rxId: string, onEarly: (exception: RefillException) => void) => ({
  onAccept: (recover: boolean) => desk.send({ call: 'accept', rxId, recover }),
  onRelease: () => desk.send({ call: 'release', rxId }),
  onEarly,
  onTakeBack: (reason: string) => desk.send({ call: 'takeBack', rxId, reason }),
  onDesignate: (pin: number[]) => desk.send({ call: 'designateHere', rxId, pin }),
});

/** F2 looks up again, F4 hands out the first that can be (F8 prints it), F6 opens the work list, Escape clears. A scanner may speak at any time. */
export function PharmacyScreen({
  desk,
  state,
  description,
}: {
  readonly desk: DeskHandle;
  readonly state: DeskState & { desk: 'pharmacy' };
  readonly description: StationDescription;
}) {
  const { t, i18n } = useTranslation();
  const { flow } = state;
  const { medications } = description;
  const refusal = shownRefusal(desk.model);
  const on = state.operator !== undefined;
  const clear = (): void => desk.send({ call: 'clear' });
  const lookUp = (): void => desk.send({ call: 'lookUp' });
  const [asked, setAsked] = useState<AskedHandOut>();
  const dispense = ({ rxId, asksPin }: PrescriptionView, handOut: AskedHandOut['handOut']): void => {
    if (asksPin && !('agent' in flow)) setAsked({ rxId, handOut });
    else desk.send({ call: 'dispense', rxId, handOut });
  };
  const handOut =
    (view: PrescriptionView) =>
    (lines?: readonly LineOutcome[]): void =>
      dispense(view, lines === undefined ? {} : { lines: [...lines] });
  // The question goes with what it is about.
  const stillListed = flow.step === 'listed' && flow.prescriptions.some(({ rxId }) => rxId === asked?.rxId);
  const openWorkList = (): void => desk.send({ call: 'openWorkList', page: 1 });
  const first = flow.step === 'listed' ? flow.prescriptions.find(handsOut) : undefined;
  const resting = on && !desk.model.busy && flow.step !== 'working';
  // The work list has keys of its own.
  const atCounter = resting && flow.step !== 'work-list';
  // Heard also while the desk works, or the Enter at its end would press what has the focus; the station says when it is not the time.
  useScan(on, (text) => {
    if (flow.step !== 'working') desk.send({ call: 'readPickupCode', text });
  });
  useKeys({
    F2: atCounter ? lookUp : undefined,
    F4: resting && first !== undefined ? () => handOut(first)() : undefined,
    F6: resting && flow.step === 'idle' ? openWorkList : undefined,
    Escape: atCounter && (flow.step !== 'idle' || refusal !== undefined) ? clear : undefined,
  });

  const trouble =
    refusal === undefined ? null : (
      <ErrorPanel refusal={refusal} attempt={desk.model.attempt}>
        <PressButton look="primary" keyName="F2" icon={<RefreshCw aria-hidden="true" />} onPress={lookUp}>
          {t('key.retry')}
        </PressButton>
        <PressButton keyName="Esc" onPress={clear}>
          {t('key.clear')}
        </PressButton>
      </ErrorPanel>
    );

  const content = () => {
    if (!on) return <SignOn desk={desk} state={state} />;
    switch (flow.step) {
      case 'idle':
      case 'refused':
        return trouble === null ? (
          <section className="calm">
            <ScanLine className="calm__icon" aria-hidden="true" />
            <h1 className="calm__title">{t('pharmacy.idleTitle')}</h1>
            <p>{t('pharmacy.idleText')}</p>
            <PressButton keyName="F6" icon={<ClipboardList aria-hidden="true" />} onPress={openWorkList}>
              {t('workList.show')}
            </PressButton>
            <p>{t('workList.scan')}</p>
          </section>
        ) : (
          <section className="trouble">
            <h1 className="visually-hidden">{t('error.title')}</h1>
            {trouble}
            {flow.step === 'refused' ? <StageList stages={flow.stages} compact /> : null}
          </section>
        );
      case 'working':
        return <Working task={flow.task} stages={flow.stages} onCancel={desk.cancel} />;
      case 'dispensed':
        return <HandedOut desk={desk} flow={flow} description={description} onNext={clear} />;
      case 'work-list':
        return (
          <WorkList
            desk={desk}
            flow={flow}
            medications={medications}
            trouble={refusal === undefined ? null : <ErrorPanel refusal={refusal} attempt={desk.model.attempt} />}
          />
        );
      case 'listed':
        return (
          <section className="list">
            <header className="list__head">
              <h1 className="section-title">
                {t('pharmacy.listTitle')} <span className="list__count">{flow.prescriptions.length}</span>
              </h1>
              <PressButton
                keyName="F2"
                icon={<RefreshCw aria-hidden="true" />}
                isDisabled={desk.model.busy}
                onPress={lookUp}
              >
                {t('pharmacy.lookUp')}
              </PressButton>
              <PressButton look="quiet" keyName="Esc" isDisabled={desk.model.busy} onPress={clear}>
                {t('key.clear')}
              </PressButton>
            </header>
            {flow.agent === undefined ? null : (
              <p className="list__agent">{t('agents.collecting', { name: flow.agent.name ?? '' })}</p>
            )}
            {trouble}
            {flow.prescriptions.length === 0 ? <p className="list__none">{t('pharmacy.none')}</p> : null}
            <div className="list__body">
              <div className="list__cards">
                {flow.prescriptions.map((prescription) => (
                  <PrescriptionCard
                    key={prescription.rxId}
                    prescription={prescription}
                    description={description}
                    byAgent={flow.agent !== undefined}
                    busy={desk.model.busy}
                    scanned={prescription.rxId === flow.scanned}
                    onHandOut={handOut(prescription)}
                    deeds={deedsOf(desk, prescription.rxId, (exception) => dispense(prescription, { exception }))}
                    {...(prescription === first ? { keyName: 'F4' } : {})}
                  />
                ))}
              </div>
              <StageList stages={flow.stages} compact />
            </div>
          </section>
        );
    }
  };
  return (
    <div className="screen screen--dense">
      <div className="screen__body">{content()}</div>
      {asked !== undefined && stillListed ? (
        <AskPin
          title={t('pharmacy.pinTitle')}
          text={t('pharmacy.pinText')}
          label={t('pharmacy.patientPin')}
          yes={t('pharmacy.handOut')}
          no={t('key.back')}
          onNo={() => setAsked(undefined)}
          onPin={(pin) => {
            setAsked(undefined);
            desk.send({ call: 'dispense', ...asked, pin });
          }}
        />
      ) : null}
      {on ? (
        <div className="screen__foot">
          {state.bureau.online || state.materialFrom === undefined ? null : (
            <p>{t('pharmacy.materialFrom', { when: when(state.materialFrom, i18n.language) })}</p>
          )}
          <OnDuty desk={desk} state={state} />
        </div>
      ) : null}
    </div>
  );
}
