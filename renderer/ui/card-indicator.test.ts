import { describe, expect, it } from 'vitest';
import type { SlotView } from '../../contract/card-service.ts';
import type { DeskState } from '../../contract/station.ts';
import { countOf, holds, indicatorOf, shownSlots, sideOf } from './card-indicator.ts';

const slot = (more: Partial<SlotView>): SlotView => ({ slot: 'clinic/left', state: 'empty', insertion: 0, ...more });
const at = (desk: DeskState['desk'], step: DeskState['flow']['step'], onDuty = false) =>
  ({
    desk,
    ...(onDuty ? { operator: { role: 'registrar', until: '2026-11-21T12:00:00.000Z' } } : {}),
    // Only the name of the step is read.
    flow: { step },
  }) as Pick<DeskState, 'desk' | 'operator' | 'flow'>;
const patient = slot({ state: 'ready', kind: 'patient' });

describe('card indicator', () => {
  it.each(['empty', 'reading', 'mute', 'unknown'] as const)('shows %s as it is', (state) => {
    expect(indicatorOf(slot({ state }), at('clinic', 'working'))).toEqual({ look: state });
  });

  it('asks to keep the card in while the desk works', () => {
    expect(indicatorOf(patient, at('clinic', 'working'))).toEqual({ look: 'working', kind: 'patient' });
    expect(indicatorOf(slot({ state: 'ready', kind: 'staff' }), at('pharmacy', 'working'))).toEqual({
      look: 'ready',
      kind: 'staff',
    });
  });

  it.each(['checked-in', 'signed', 'dispensed'] as const)('asks the patient to take the card after %s', (step) => {
    expect(indicatorOf(patient, at('registration', step))).toEqual({ look: 'take', kind: 'patient' });
    expect(indicatorOf(slot({ state: 'ready', kind: 'doctor' }), at('clinic', step))).toEqual({
      look: 'ready',
      kind: 'doctor',
    });
  });

  it('asks for an NHI card back as soon as registration has read it, and never says that it is at work', () => {
    const nhi = slot({ state: 'ready', kind: 'nhi' });
    expect(indicatorOf(nhi, at('registration', 'idle', true))).toEqual({ look: 'take', kind: 'nhi' });
    expect(indicatorOf(nhi, at('registration', 'working', true))).toEqual({ look: 'take', kind: 'nhi' });
    expect(indicatorOf(nhi, at('registration', 'idle'))).toEqual({ look: 'ready', kind: 'nhi' });
    expect(indicatorOf(nhi, at('clinic', 'working'))).toEqual({ look: 'ready', kind: 'nhi' });
  });

  it('asks for a card that stayed in after the desk was cleared', () => {
    expect(indicatorOf(patient, at('registration', 'idle', true))).toEqual({ look: 'take', kind: 'patient' });
    expect(indicatorOf(patient, at('registration', 'idle'))).toEqual({ look: 'ready', kind: 'patient' });
    expect(indicatorOf(patient, at('clinic', 'idle'))).toEqual({ look: 'ready', kind: 'patient' });
    expect(indicatorOf(patient, at('card-office', 'idle', true))).toEqual({ look: 'ready', kind: 'patient' });
    const agents = { ...at('registration', 'idle', true), agentService: { state: 'waiting' } } as const;
    expect(indicatorOf(patient, agents)).toEqual({ look: 'ready', kind: 'patient' });
  });

  it('does not call a card of no known kind ready', () => {
    expect(indicatorOf(slot({ state: 'ready' }), at('clinic', 'idle'))).toEqual({ look: 'unknown' });
  });

  it('finds a ready card by its kind', () => {
    const state: DeskState = {
      desk: 'clinic',
      slots: [patient, slot({ state: 'reading', kind: 'doctor' })],
      bureau: { online: true, waiting: 0 },
      flow: { step: 'idle' },
    };
    expect(holds(state, 'patient')).toBe(true);
    expect(holds(state, 'doctor')).toBe(false);
    expect(countOf({ ...state, slots: [patient, { ...patient, slot: 'clinic/right' }] }, 'patient')).toBe(2);
  });

  it('shows the third reader with a card in it, or where agents are served', () => {
    const third = slot({ slot: 'pharmacy/third' });
    expect(shownSlots({ slots: [patient, third] })).toEqual([patient]);
    expect(shownSlots({ slots: [patient, third], agentService: { state: 'waiting' } })).toEqual([patient, third]);
    const taken = slot({ slot: 'pharmacy/third', state: 'ready', kind: 'patient' });
    expect(shownSlots({ slots: [patient, taken] })).toEqual([patient, taken]);
  });

  it('reads the side from the slot, and leaves real readers alone', () => {
    expect(sideOf('clinic/left')).toBe('left');
    expect(sideOf('pharmacy/right')).toBe('right');
    expect(sideOf('pharmacy/third')).toBe('third');
    expect(sideOf('ACS ACR39U ICC Reader 00 00')).toBeUndefined();
  });
});
