/**
 * What only a health card has: the pending set, prescriptions and their window, agents. The doctor's card beside it is one of the test authority's.
 * @module
 */
import { bcdOf } from '../../crypto/common/bcd.ts';
import { concat, equalBytes, lp, readUint, uint } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { newPrivateKey, publicPoint, signMessage } from '../../crypto/pki/p256-key.ts';
import { baseTimes, pointBytes } from '../../crypto/proxysig/p256-group.ts';
import { encodePrescriptionRecord, type PrescriptionRecord } from '../../crypto/proxysig/prescription-record.ts';
import { roleStatement } from '../apdu/channel-keys.ts';
import { type CommandApdu, command } from '../apdu/command.ts';
import { crc32 } from '../apdu/crc32.ts';
import { SW } from '../apdu/status-word.ts';
import { AGENT_SLOTS, PATIENT_FILES, SET_LIMIT, SET_STATE } from '../apps/card-profile.ts';
import { type CardUnderTest, readCommand } from './card-under-test.ts';
import { type Check, CLAUSE, expectStatus, expectThat } from './check.ts';
import { agreeAs, type ProbeChannel } from './probe-channel.ts';
import { newSerial, TEST_INSTITUTION, TEST_TERMINAL, type TestAuthority } from './test-authority.ts';

interface StagedRecord {
  readonly sfi: number;
  readonly data: Uint8Array;
}

/** Any point, compressed. */
const G = pointBytes(baseTimes(1n));

const status = async ({ send }: ProbeChannel) => {
  const { data, sw } = await send(command([0x80, 0xf0, 0, 0], undefined, 256));
  expectStatus('TX STATUS', sw, SW.ok);
  expectThat(data.length === 46, `TX STATUS: ${data.length} bytes instead of 46`);
  return { state: data[0] ?? 255, records: data[1] ?? 0, sequence: readUint(data.subarray(2, 6)) };
};
const checksum = (records: readonly StagedRecord[]): number =>
  crc32(concat(...records.map(({ sfi, data }) => lp(concat(uint(sfi, 1), data)))));
const openSet = async ({ send }: ProbeChannel, count: number, crc: number): Promise<number> =>
  (await send(command([0x80, 0xee, 0, 0], concat(secureRng(32), uint(count, 1), uint(crc, 4))))).sw;
const append = async ({ send }: ProbeChannel, { sfi, data }: StagedRecord): Promise<number> =>
  (await send(command([0x00, 0xe2, 0, sfi << 3], data))).sw;
const commit = async ({ send }: ProbeChannel, sequence: number, crc: number): Promise<number> =>
  (await send(command([0x80, 0xf2, 0, 0], concat(uint(sequence, 4), uint(crc, 4))))).sw;
const rollBack = async ({ send }: ProbeChannel, sequence: number): Promise<number> =>
  (await send(command([0x80, 0xf4, 0, 0], uint(sequence, 4)))).sw;

const prescription = (now: number, changes: Partial<PrescriptionRecord> = {}): StagedRecord & PrescriptionRecord => {
  const seconds = Math.floor(now / 1000);
  const record: PrescriptionRecord = {
    rxId: secureRng(16),
    hash16: secureRng(16),
    issued: seconds,
    expires: seconds + 30 * 86_400,
    parts: 1,
    used: 0,
    status: 'open',
    controlled: false,
    pharmacy: new Uint8Array(5),
    ...changes,
  };
  return { ...record, sfi: PATIENT_FILES.prescriptions.sfi, data: encodePrescriptionRecord(record) };
};

/** A clinic's channel in which a doctor card has proved itself. */
async function besideDoctor(card: CardUnderTest, authority: TestAuthority): Promise<ProbeChannel> {
  const channel = await agreeAs(card, await authority.terminal('clinic'));
  const key = newPrivateKey(secureRng);
  const certificate = await authority.cardCertificate('doctor', newSerial(), publicPoint(key));
  const { data } = await channel.send(command([0x00, 0x84, 0, 0], undefined, 256));
  const proof = signMessage(key, roleStatement(data, TEST_TERMINAL));
  const { sw } = await channel.send(command([0x00, 0x82, 0, 2], concat(certificate, proof)));
  expectStatus('EXTERNAL AUTHENTICATE of a doctor card', sw, SW.ok);
  return channel;
}

/** CONSUME RX of part 1, with a hash that begins as the record says and a fresh nonce; another instruction is an agent's. */
const consumption = (
  { rxId, hash16 }: Pick<PrescriptionRecord, 'rxId' | 'hash16'>,
  [ins, p1]: readonly [number, number] = [0xd0, 0],
): CommandApdu =>
  command([0x80, ins, p1, 0], concat(rxId, Uint8Array.of(1), hash16, secureRng(16), secureRng(32)), 65_536);
const consume = async ({ send }: ProbeChannel, ...it: Parameters<typeof consumption>): Promise<number> =>
  (await send(consumption(...it))).sw;

export const patientChecks = (authority: TestAuthority): readonly Check[] => {
  const { now } = authority;
  const check = (id: string, clause: string, what: string, run: Check['run']): Check => ({
    id,
    clause,
    what,
    needs: ['desk'],
    kinds: ['patient'],
    run,
  });
  return [
    check(
      'role.doctor',
      CLAUSE.channel,
      'a doctor card is believed for this challenge and this terminal, once',
      async (card) => {
        const channel = await agreeAs(card, await authority.terminal('clinic'));
        const key = newPrivateKey(secureRng);
        const point = publicPoint(key);
        const doctor = await authority.cardCertificate('doctor', newSerial(), point);
        const prove = async (certificate: Uint8Array, terminal: Uint8Array, other?: Uint8Array): Promise<number> => {
          const { data } = await channel.send(command([0x00, 0x84, 0, 0], undefined, 256));
          const signature = signMessage(key, roleStatement(other ?? data, terminal));
          return (await channel.send(command([0x00, 0x82, 0, 2], concat(certificate, signature)))).sw;
        };
        expectStatus('another challenge', await prove(doctor, TEST_TERMINAL, secureRng(16)), SW.authenticationFailed);
        expectStatus('another terminal', await prove(doctor, secureRng(16)), SW.authenticationFailed);
        const staff = await authority.cardCertificate('staff', newSerial(), point);
        expectStatus('a staff card', await prove(staff, TEST_TERMINAL), SW.conditions);
        expectStatus(
          'EF VISITS until then',
          (await channel.send(readCommand(PATIENT_FILES.visits))).sw,
          SW.roleRefused,
        );
        expectStatus('the right proof', await prove(doctor, TEST_TERMINAL), SW.ok);
        const visits = (await channel.send(readCommand(PATIENT_FILES.visits))).sw;
        expectStatus('EF VISITS', visits, SW.ok, SW.recordNotFound);
        const again = signMessage(key, roleStatement(secureRng(16), TEST_TERMINAL));
        const spent = await channel.send(command([0x00, 0x82, 0, 2], concat(doctor, again)));
        expectStatus('without a challenge', spent.sw, SW.conditions);
      },
    ),
    check(
      'set.role',
      CLAUSE.pendingSet,
      'a set is opened at a clinic beside a doctor card only: 6600',
      async (card) => {
        for (const role of ['clinic', 'pharmacy', 'registration'] as const) {
          const channel = await agreeAs(card, await authority.terminal(role));
          expectStatus(`TX OPEN at ${role}`, await openSet(channel, 1, 0), SW.roleRefused);
        }
      },
    ),
    check(
      'set.forms',
      CLAUSE.pendingSet,
      'a set without records, with too many, or without a reference is 6A80',
      async (card) => {
        const channel = await besideDoctor(card, authority);
        expectStatus('no record', await openSet(channel, 0, 0), SW.wrongData);
        expectStatus('too many', await openSet(channel, SET_LIMIT + 1, 0), SW.wrongData);
        const unnamed = await channel.send(
          command([0x80, 0xee, 0, 0], concat(new Uint8Array(32), uint(1, 1), uint(0, 4))),
        );
        expectStatus('no reference', unnamed.sw, SW.wrongData);
        const lone = prescription(now);
        expectStatus('APPEND RECORD without a set', await append(channel, lone), SW.conditions);
      },
    ),
    check(
      'set.commit',
      CLAUSE.pendingSet,
      'nothing is visible before TX COMMIT, all after; committing twice is harmless, another number 6985',
      async (card) => {
        const channel = await besideDoctor(card, authority);
        const rx = prescription(now, { expires: Math.floor(now / 1000) + 1 });
        const crc = checksum([rx]);
        const read = () => channel.send(readCommand(PATIENT_FILES.prescriptions));
        expectStatus('TX OPEN', await openSet(channel, 1, crc), SW.ok);
        expectStatus('TX OPEN again', await openSet(channel, 1, crc), SW.conditions);
        const { sequence } = await status(channel);
        expectStatus('TX COMMIT of what is not there yet', await commit(channel, sequence, crc), SW.conditions);
        expectStatus('APPEND RECORD', await append(channel, rx), SW.ok);
        expectThat((await status(channel)).state === SET_STATE.complete, 'TX STATUS does not say whole');
        expectStatus('a record too many', await append(channel, prescription(now)), SW.full);
        expectStatus('EF RXID before the commit', (await read()).sw, SW.recordNotFound);
        expectStatus('TX COMMIT, another checksum', await commit(channel, sequence, (crc ^ 1) >>> 0), SW.conditions);
        expectStatus('TX COMMIT, another number', await commit(channel, sequence + 1, crc), SW.conditions);
        expectStatus('TX COMMIT', await commit(channel, sequence, crc), SW.ok);
        expectStatus('TX COMMIT again', await commit(channel, sequence, crc), SW.ok);
        expectStatus('TX COMMIT of another number', await commit(channel, sequence + 1, crc), SW.conditions);
        const { data, sw } = await read();
        expectStatus('EF RXID', sw, SW.ok);
        expectThat(equalBytes(data, rx.data), 'EF RXID holds another record');
        expectStatus('TX OPEN', await openSet(channel, 1, crc), SW.ok);
        expectStatus('the same R_X_ID again', await append(channel, rx), SW.alreadyExists);
        expectStatus('TX ROLLBACK', await rollBack(channel, (await status(channel)).sequence), SW.ok);
      },
    ),
    check(
      'set.power',
      CLAUSE.pendingSet,
      'a set outlives the power, takes nothing more, and is rolled back',
      async (card) => {
        let channel = await besideDoctor(card, authority);
        const records = [prescription(now), prescription(now)] as const;
        expectStatus('TX OPEN', await openSet(channel, 2, checksum(records)), SW.ok);
        expectStatus('APPEND RECORD', await append(channel, records[0]), SW.ok);
        await card.reset();
        channel = await besideDoctor(card, authority);
        const { state, records: there, sequence } = await status(channel);
        expectThat(state === SET_STATE.filling && there === 1, `TX STATUS: state ${state}, ${there} records`);
        expectStatus('APPEND RECORD after a reset', await append(channel, records[1]), SW.conditions);
        expectStatus('TX COMMIT', await commit(channel, sequence, checksum(records)), SW.conditions);
        expectStatus('TX ROLLBACK of another number', await rollBack(channel, sequence + 1), SW.conditions);
        expectStatus('TX ROLLBACK', await rollBack(channel, sequence), SW.ok);
        expectThat((await status(channel)).state === SET_STATE.none, 'TX STATUS does not say none');
      },
    ),
    check('set.full', CLAUSE.pendingSet, 'when every prescription is open, a further one is 6A84', async (card) => {
      const channel = await besideDoctor(card, authority);
      const { data } = await channel.send(
        command([0x00, 0xb2, 1, (PATIENT_FILES.prescriptions.sfi << 3) | 5], undefined, 65_536),
      );
      const free = PATIENT_FILES.prescriptions.records - data.length / PATIENT_FILES.prescriptions.size;
      expectStatus('TX OPEN', await openSet(channel, free + 1, 0), SW.ok);
      for (let i = 0; i < free; i++) expectStatus(`record ${i + 1}`, await append(channel, prescription(now)), SW.ok);
      expectStatus('one more', await append(channel, prescription(now)), SW.full);
      const short = { ...prescription(now), data: new Uint8Array(47) };
      expectStatus('a record of 47 bytes', await append(channel, short), SW.wrongLength, SW.wrongData, SW.full);
      expectStatus('TX ROLLBACK', await rollBack(channel, (await status(channel)).sequence), SW.ok);
    }),
    check(
      'pickup.window',
      CLAUSE.pickup,
      'a prescription is collected in its window and at its pharmacy only: 6986; once: 6985, but the same request gets the same bytes',
      async (card) => {
        const clinic = await besideDoctor(card, authority);
        const past = Math.floor(now / 1000) - 20 * 86_400;
        const late = prescription(now, { issued: past, expires: past + 86_400 });
        const elsewhere = prescription(now, { pharmacy: bcdOf('5900000010') });
        const here = prescription(now, { pharmacy: bcdOf(TEST_INSTITUTION) });
        const records = [late, elsewhere, here];
        expectStatus('TX OPEN', await openSet(clinic, records.length, checksum(records)), SW.ok);
        for (const record of records) expectStatus('APPEND RECORD', await append(clinic, record), SW.ok);
        expectStatus('TX COMMIT', await commit(clinic, (await status(clinic)).sequence, checksum(records)), SW.ok);
        expectStatus('CONSUME RX at a clinic', await consume(clinic, here), SW.roleRefused);
        const pharmacy = await agreeAs(card, await authority.terminal('pharmacy'));
        expectStatus('after its last day', await consume(pharmacy, late), SW.outsideWindow);
        expectStatus('at another pharmacy', await consume(pharmacy, elsewhere), SW.outsideWindow);
        expectStatus('another hash', await consume(pharmacy, { ...here, hash16: secureRng(16) }), SW.recordNotFound);
        expectStatus('unknown', await consume(pharmacy, prescription(now)), SW.recordNotFound);
        const request = consumption(here);
        const taken = await pharmacy.send(request);
        expectStatus('here', taken.sw, SW.ok);
        const again = await pharmacy.send(request);
        expectStatus('the same request again', again.sw, SW.ok);
        expectThat(equalBytes(again.data, taken.data), 'the same request gets other bytes');
        expectStatus('again, with another nonce', await consume(pharmacy, here), SW.conditions);
      },
    ),
    check('pickup.no-warrant', CLAUSE.pickup, 'an agent without a warrant collects nothing: 6A88', async (card) => {
      const pharmacy = await agreeAs(card, await authority.terminal('pharmacy'));
      for (const slot of AGENT_SLOTS)
        expectStatus('PROXY SIGN', await consume(pharmacy, prescription(now), [0x2a, slot]), SW.referenceNotFound);
    }),
    check(
      'pickup.no-share',
      CLAUSE.pickup,
      'two cards sign nothing where no warrant of two cards is: 6A88, and nothing that was not begun: 6985',
      async (card) => {
        const pharmacy = await agreeAs(card, await authority.terminal('pharmacy'));
        const commitment = concat(G, G);
        // A card may do without agents of two cards.
        const none = [SW.referenceNotFound, SW.unknownInstruction] as const;
        for (const slot of AGENT_SLOTS) {
          const { data } = consumption(prescription(now), [0x2d, slot]);
          const begin = command([0x80, 0x2d, slot, 0], concat(data, commitment), 65_536);
          expectStatus('PROXY BEGIN', (await pharmacy.send(begin)).sw, ...none);
          const finish = command([0x80, 0x2e, slot, 0], new Uint8Array(32).fill(1), 65_536);
          expectStatus('PROXY FINISH', (await pharmacy.send(finish)).sw, SW.conditions, ...none);
        }
        const commit = command([0x80, 0x30, 0, 0], secureRng(32), 256);
        expectStatus('PROXY COMMIT', (await pharmacy.send(commit)).sw, SW.pinRequired, ...none);
        const share = command([0x80, 0x31, 0, 0], concat(secureRng(198), commitment), 256);
        expectStatus('PROXY SHARE', (await pharmacy.send(share)).sw, SW.conditions, SW.pinRequired, ...none);
      },
    ),
  ];
};
