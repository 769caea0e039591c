import { describe, expect, it } from 'vitest';
import type { SlotView, TrayCard } from '../../contract/card-service.ts';
import { trayAction } from './tray-action.ts';

const slots: readonly SlotView[] = [
  { slot: 'clinic/left', state: 'ready', kind: 'doctor', insertion: 1 },
  { slot: 'clinic/right', state: 'empty', insertion: 0 },
];
const doctor: TrayCard = { id: 'd', label: '', kind: 'doctor', slot: 'clinic/left' };
const patient: TrayCard = { id: 'p', label: '', kind: 'patient' };

describe('tray action', () => {
  it('inserts into the first free reader', () => {
    expect(trayAction(patient, [doctor, patient], slots, 'clinic')).toEqual({ type: 'insert', slot: 'clinic/right' });
  });

  it('takes out what lies at this desk', () => {
    expect(trayAction(doctor, [doctor], slots, 'clinic')).toEqual({ type: 'remove', slot: 'clinic/left' });
  });

  it('moves what lies at another desk', () => {
    const away = { ...patient, slot: 'registration/right' };
    expect(trayAction(away, [doctor, away], slots, 'clinic')).toEqual({
      type: 'move',
      from: 'registration/right',
      slot: 'clinic/right',
    });
  });

  it('says when both readers are taken, also when the reader has not noticed yet', () => {
    const other: TrayCard = { id: 'q', label: '', kind: 'patient', slot: 'clinic/right' };
    expect(trayAction(patient, [doctor, patient, other], slots, 'clinic')).toEqual({ type: 'full' });
  });
});
