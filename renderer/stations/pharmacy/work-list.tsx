/**
 * The work list while no patient's card is in: the list, or one of it.
 * @module
 */
import type { ReactNode } from 'react';
import type { PharmacyFlow } from '../../../contract/pharmacy-desk.ts';
import type { Term } from '../../../contract/station.ts';
import type { DeskHandle } from '../../client/use-desk.ts';
import { StageList } from '../../ui/stage-list.tsx';
import { WorkItem } from './work-item.tsx';
import { WorkListTable } from './work-list-table.tsx';

/** Keyboard only: every key stands on the face of its button. */
export function WorkList({
  desk,
  flow,
  medications,
  trouble,
}: {
  readonly desk: DeskHandle;
  readonly flow: PharmacyFlow & { step: 'work-list' };
  readonly medications: readonly Term[];
  readonly trouble: ReactNode;
}) {
  const { busy } = desk.model;
  const toPage = (page: number): void => desk.send({ call: 'openWorkList', page });
  const { opened } = flow;
  return (
    <div className="list__body">
      {opened === undefined ? (
        <WorkListTable
          key={flow.page}
          flow={flow}
          busy={busy}
          trouble={trouble}
          onOpen={(rxId) => desk.send({ call: 'openWorkItem', rxId })}
          onPage={toPage}
          onClear={() => desk.send({ call: 'clear' })}
        />
      ) : (
        <WorkItem
          item={opened}
          medications={medications}
          busy={busy}
          trouble={trouble}
          onAccept={(recover) => desk.send({ call: 'accept', rxId: opened.rxId, recover })}
          onRelease={() => desk.send({ call: 'release', rxId: opened.rxId })}
          onBack={() => toPage(flow.page)}
        />
      )}
      <StageList stages={flow.stages} compact />
    </div>
  );
}
