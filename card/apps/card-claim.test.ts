import { describe, expect, it } from 'vitest';
import { concat, fromHex } from '../../crypto/common/bytes.ts';
import { createCardSession } from '../apdu/card-session.ts';
import { encodeNhiProfile } from '../simulator/encode-nhi-profile.ts';
import { createPatientCard } from '../simulator/patient-card.ts';
import { createNhiCard } from '../simulator/software-nhi-card.ts';
import { createStaffCard } from '../simulator/staff-card.ts';
import { readClaim } from './card-claim.ts';

const HOLDER = {
  cardNumber: '000000001234',
  name: '王小明',
  idNumber: 'A123456789',
  birthDate: '1984-05-17',
  sex: 'male',
  issued: '2020-11-09',
} as const;
const STAFF_AID = fromHex('f048495353544601');

/** A session with something that answers SELECT of the staff application with `fci` and refuses everything else. */
const answering = (fci: string) =>
  createCardSession({
    transmit: async (command) =>
      command[3] === 0 && concat(command.subarray(5, 13)).every((byte, i) => byte === STAFF_AID[i])
        ? fromHex(`${fci}9000`)
        : fromHex('6a82'),
  });

describe('what a card claims', () => {
  it('blank cards of ours', async () => {
    for (const [card, kind] of [
      [createPatientCard(), 'patient'],
      [createStaffCard(), 'staff'],
    ] as const) {
      card.powerOn();
      expect(await readClaim(createCardSession(card))).toEqual({ kind, life: 'blank' });
    }
  });

  it('the NHI card, without reading it', async () => {
    const card = createNhiCard({ profile: encodeNhiProfile(HOLDER) });
    card.powerOn();
    const sent: number[] = [];
    const session = createCardSession({
      transmit: (command) => {
        sent.push(command[1] ?? 0);
        return card.transmit(command);
      },
    });
    expect(await readClaim(session)).toEqual({ kind: 'nhi' });
    expect(new Set(sent)).toEqual(new Set([0xa4]));
  });

  it('a foreign card, whatever it answers to an unknown name', async () => {
    for (const sw of ['6a82', '6d00', '6e00', '6999', '6985']) {
      expect(await readClaim(createCardSession({ transmit: async () => fromHex(sw) }))).toEqual({ kind: 'none' });
    }
  });

  it('the stage of life is what tag C1 says, and `other` for anything else', async () => {
    const cases = [
      ['c100', 'other'],
      ['c10100', 'blank'],
      ['c10101', 'active'],
      ['c10107', 'other'],
    ] as const;
    for (const [life, expected] of cases) {
      const inner = `c00101${life}`;
      const proprietary = `a5${(inner.length / 2).toString(16).padStart(2, '0')}${inner}`;
      const body = `8408f048495353544601${proprietary}`;
      const fci = `6f${(body.length / 2).toString(16).padStart(2, '0')}${body}`;
      expect(await readClaim(answering(fci))).toEqual({ kind: 'staff', life: expected });
    }
    for (const fci of ['', '6f00', '6f03a501c1', '6fff', '00']) {
      expect(await readClaim(answering(fci))).toEqual({ kind: 'staff', life: 'other' });
    }
  });

  it('a card that is lost is a refusal, not a claim', async () => {
    const gone = createCardSession({ transmit: async () => new Uint8Array(0) });
    await expect(readClaim(gone)).rejects.toMatchObject({ code: 'CARD_LOST' });
  });
});
