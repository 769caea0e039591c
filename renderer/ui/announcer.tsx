/**
 * One status region for the life of a desk: results and long work are announced here, because a region that appears together with its
 * text is not announced by every screen reader.
 * @module
 */
import { useTranslation } from 'react-i18next';
import type { IdentityView } from '../../contract/identity.ts';
import type { DeskState } from '../../contract/station.ts';

/** Says where the flow stands; silent while nothing is going on. Refusals announce themselves. */
export function Announcer({
  flow,
  identity,
}: {
  readonly flow: DeskState['flow'] | undefined;
  readonly identity?: IdentityView | undefined;
}) {
  const { t } = useTranslation();
  const words = (): string => {
    switch (flow?.step) {
      case undefined:
      case 'refused':
        return '';
      case 'idle':
        return identity?.state === 'shown' ? t(`identity.title.${identity.source}`) : '';
      case 'working':
        return t(`task.${flow.task}`);
      case 'checked-in':
        return t('announce.checkedIn', { number: flow.queueNumber });
      case 'opened':
        return t('announce.opened');
      case 'signed':
        return t(flow.cancelled ? 'clinic.cancelled' : 'announce.signed');
      case 'issued':
        return flow.cancelled === undefined ? t('announce.issued', { count: flow.total }) : t('clinic.cancelled');
      case 'work-list':
        return flow.opened === undefined
          ? t('announce.workList', { count: flow.total })
          : t(`workList.state.${flow.opened.state}`);
      case 'listed':
        return t('announce.listed', { count: flow.prescriptions.length });
      case 'dispensed':
        return t('announce.dispensed');
      case 'fingers':
        return t('emergency.fingersTitle');
      case 'candidates':
        return t(flow.candidates.length === 0 ? 'emergency.nobody' : 'emergency.whoTitle');
      case 'emergency-record':
        return t('emergency.recordTitle');
      case 'fingerprints':
        return flow.done === undefined ? t('fingerprints.title') : t(`fingerprints.done.${flow.done}`);
      case 'found':
        return t('announce.found', { count: flow.cards.length });
      case 'warrants':
        return flow.done === undefined
          ? t('announce.warrants', { count: flow.warrants.length })
          : t('cardOffice.warrants.done');
      case 'card':
        return flow.done === undefined ? t('announce.card') : t(`cardOffice.done.${flow.done}`);
    }
  };
  return (
    <p className="visually-hidden" role="status">
      {words()}
    </p>
  );
}
