/**
 * What docs/card.md says of applications, files, commands, status words and secure messaging is what the code has.
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { channelTranscript, deriveChannelKeys } from '../card/apdu/channel-keys.ts';
import { command, encodeCommand } from '../card/apdu/command.ts';
import { createSecureFrames } from '../card/apdu/secure-messaging.ts';
import { refusal, SW } from '../card/apdu/status-word.ts';
import { decodeAllergyRecord } from '../card/apps/allergy-record.ts';
import {
  type AccessCondition,
  APPLICATIONS,
  type CardKind,
  type FileAccess,
  type FileProfile,
  type FileWrite,
  HISTORICAL_BYTES,
  type PinProfile,
} from '../card/apps/card-profile.ts';
import { CIVIL } from '../card/apps/civil-app.ts';
import { agentCommands } from '../card/simulator/agent-slots.ts';
import { BUREAU_TOKEN_COMMANDS } from '../card/simulator/bureau-token-commands.ts';
import { CHANNEL_COMMANDS } from '../card/simulator/channel-commands.ts';
import { FILE_COMMANDS } from '../card/simulator/file-commands.ts';
import { groupCommands } from '../card/simulator/group-commands.ts';
import { jointPickupCommands } from '../card/simulator/joint-pickup.ts';
import { jointShareCommands } from '../card/simulator/joint-shares.ts';
import { holderOrders, orderCommand } from '../card/simulator/order-command.ts';
import { newestTimeIn, patientRule } from '../card/simulator/patient-rules.ts';
import { pendingSetCommands } from '../card/simulator/pending-set.ts';
import { personaliseCommands } from '../card/simulator/personalise-commands.ts';
import { PIN_COMMANDS } from '../card/simulator/pin-commands.ts';
import { decryptCbc, encryptBlock } from '../crypto/common/aes.ts';
import { concat, fromHex, hex, uint } from '../crypto/common/bytes.ts';
import { createMclBackend } from '../crypto/groupsig/backend-mcl.ts';
import { isCertifiedBy, parseCardCertificate } from '../crypto/pki/card-certificate.ts';
import { cellsOf } from './harness/markdown-table.ts';

const card = readFileSync(join(import.meta.dirname, '..', 'docs', 'card.md'), 'utf8');
/** The part under a heading, to the next one. */
const under = (heading: string): string => {
  const from = card.indexOf(`\n${heading}\n`);
  if (from < 0) throw new Error(`docs/card.md has no ${heading}`);
  const next = card.slice(from + 1).search(/\n#{1,3} /u);
  return card.slice(from, from + 1 + next);
};
const upper = (bytes: Uint8Array): string => hex(bytes).toUpperCase();
const digits = (value: number, length: number): string => value.toString(16).toUpperCase().padStart(length, '0');

const conditions = (all: readonly AccessCondition[]): string =>
  all
    .map(({ roles, doctor, pin }) =>
      [roles?.join(' or ') ?? 'any terminal', ...(doctor ? ['doctor card'] : []), ...(pin ? ['PIN'] : [])].join(' + '),
    )
    .join('; ');
const reading = (access: FileAccess): string => (typeof access === 'string' ? access : conditions(access));
function writing(write: FileWrite): string {
  if (write === 'card') return 'the card';
  if ('staged' in write) return `in a set: ${conditions(write.staged)}`;
  return write.length === 0 ? 'issuing' : conditions(write);
}
const fileRow = ({ fid, sfi, structure, size, records, read, write }: FileProfile): string[] => [
  digits(fid, 4),
  digits(sfi, 2),
  structure,
  structure === 'transparent' ? `${size}` : `${records} × ${size}`,
  reading(read),
  writing(write),
];

describe('docs/card.md', () => {
  it('names the applications with their PINs and PUKs, and the historical bytes', () => {
    const pinOf = ({ min, max, tries }: PinProfile): string => `${min} to ${max} digits, ${tries} tries`;
    const expected = Object.values(APPLICATIONS).map(({ kind, aid, pin, puk }) => [
      kind,
      `\`${upper(aid)}\``,
      pinOf(pin),
      `${puk.min} digits, ${puk.tries} uses`,
    ]);
    expect(cellsOf(under('## Applications')).slice(2)).toEqual(expected);
    expect(under('## Applications')).toContain(upper(HISTORICAL_BYTES));
  });

  it.each<[CardKind, string]>([
    ['patient', '**Patient**'],
    ['doctor', '**Doctor**'],
    ['staff', '**Staff**'],
  ])('has every file of a %s card with size and access', (kind, title) => {
    const part = under('## Files').split(title)[1]?.split('\n**')[0] ?? '';
    const rows = cellsOf(part).slice(2);
    expect(rows.map((row) => row.slice(1))).toEqual(
      Object.values<FileProfile>(APPLICATIONS[kind].files).map((file) => fileRow(file)),
    );
  });

  it('shows a record of EF ALLERGY as the code writes it', () => {
    const [, shown] = /^(01 [0-9a-f ]+)$/mu.exec(under('### EF ALLERGY')) ?? [];
    expect(decodeAllergyRecord(fromHex((shown ?? '').replaceAll(' ', '')))).toEqual({
      kind: 'class',
      code: 'penicillins',
      criticality: 'high',
      day: Date.parse('2026-11-29') / 86_400_000,
    });
  });

  it('has every command that a card answers, and no other', async () => {
    const maps = [
      CHANNEL_COMMANDS,
      FILE_COMMANDS,
      PIN_COMMANDS,
      BUREAU_TOKEN_COMMANDS,
      personaliseCommands(() => []),
      pendingSetCommands(patientRule(newestTimeIn)),
      orderCommand(holderOrders),
      agentCommands().handlers,
      jointPickupCommands().handlers,
      jointShareCommands().handlers,
      groupCommands(await createMclBackend()).handlers,
    ];
    // SELECT, GET RESPONSE and KEY AGREE are the operating system's, the others stand in the applications themselves.
    const others = [0x00a4, 0x00c0, 0x8088, 0x002a, 0x80d0, 0x802a];
    const answered = new Set([...maps.flatMap((map) => [...map.keys()]), ...others]);
    const documented = cellsOf(under('## Commands')).flatMap(([, header]) =>
      [...(header ?? '').matchAll(/^`([0-9A-F]{2}) ([0-9A-F]{2})`/gu)].map(([, cla, ins]) =>
        Number.parseInt(`${cla}${ins}`, 16),
      ),
    );
    expect(new Set(documented)).toEqual(answered);
  });

  it('has every status word with its code', () => {
    const rows = new Map(cellsOf(under('## Status words')).map(([word, , code]) => [word, code]));
    const words = Object.values(SW).filter((word) => word !== SW.ok);
    for (const word of words) expect([word, rows.get(digits(word, 4))]).toEqual([word, refusal(word, '').code]);
    expect(rows.get('63Cx')).toBe(refusal(0x63c2, '').code);
    const known = [...words.map((word) => digits(word, 4)), '9000', '61xx', '63Cx', '6Cxx'];
    expect([...rows.keys()].slice(2).filter((word) => word !== undefined && !known.includes(word))).toEqual([]);
  });

  it('shows a certificate that cards check', () => {
    const part = under('## Certificates that cards check');
    const authority = [...part.matchAll(/`([0-9a-f]{64,66})`/gu)].map(([, half]) => half).join('');
    const block = part.split('```').find((text) => text.startsWith('\n7f21')) ?? '';
    const certificate = parseCardCertificate(fromHex([...block.matchAll(/^[0-9a-f]+/gmu)].join('')));
    expect(isCertifiedBy(certificate, fromHex(authority))).toBe(true);
    expect(certificate).toMatchObject({
      authority: 'TWIMISCVCA00001',
      role: { kind: 'terminal', role: 'clinic', institution: '0401180014' },
      notBefore: Date.UTC(2026, 10, 29),
      notAfter: Date.UTC(2026, 11, 30) - 1,
    });
  });

  it('shows secure messaging as the code does it', () => {
    const shown = under('### Worked example');
    const point = (fill: number): Uint8Array => concat(Uint8Array.of(4), new Uint8Array(64).fill(fill));
    const transcript = channelTranscript(APPLICATIONS.patient.aid, point(0xa1), point(0xb2));
    const keys = deriveChannelKeys(new Uint8Array(32).fill(0xc3), transcript);
    const lines: [string, Uint8Array][] = [
      ['transcript', transcript],
      ['receipt', keys.receipt],
      ['S-ENC', keys.enc],
      ['S-MAC', keys.mac],
      ['S-RMAC', keys.rmac],
    ];
    const host = createSecureFrames(structuredClone(keys));
    const other = createSecureFrames(structuredClone(keys));
    const vector = (counter: number, first: number): Uint8Array =>
      encryptBlock(keys.enc, concat(Uint8Array.of(first), new Uint8Array(11), uint(counter, 4)));

    const verify = host.wrap(command([0x00, 0x20, 0x00, 0x01], fromHex('26123456ffffffff')));
    other.unwrap(verify);
    const wrong = other.seal({ data: new Uint8Array(0), sw: 0x63c2 });
    expect(host.open(wrong)?.sw).toBe(0x63c2);
    const padded = (counter: number, first: number, sealed: Uint8Array): [string, Uint8Array] => [
      'padded',
      decryptCbc(keys.enc, vector(counter, first), sealed),
    ];
    const sealed = verify.data.slice(0, 16);
    lines.push(['ICV', vector(1, 0)], padded(1, 0, sealed), ['C', sealed], ['MAC', verify.data.slice(16)]);
    lines.push(['APDU', encodeCommand(verify)], ["ICV'", vector(1, 0x80)], padded(1, 0x80, wrong.slice(0, -16)));
    lines.push(['answer', concat(wrong, uint(SW.ok, 2))]);

    const read = host.wrap(command([0x00, 0xb0, 0x81, 0x00]));
    other.unwrap(read);
    const info = other.seal({ data: concat(Uint8Array.of(1), new Uint8Array(15)), sw: SW.ok });
    lines.push(['MAC', read.data], ['APDU', encodeCommand(read)], ["ICV'", vector(2, 0x80)]);
    lines.push(padded(2, 0x80, info.slice(0, -16)), ['answer', concat(info, uint(SW.ok, 2))]);

    const documented = [...shown.matchAll(/^(\S+) +([0-9a-f]{32,})(?: |$)/gmu)].map(([, name, value]) => [name, value]);
    expect(documented).toEqual(lines.map(([name, value]) => [name, hex(value)]));
  });

  it('names the stand-in for a citizen’s certificate card as the code has it', () => {
    const part = under("## A citizen's certificate card");
    const { aid, certificateFile, key, pin, signature } = CIVIL;
    expect(part).toContain(`name \`${upper(aid)}\``);
    expect(part).toContain(`00 A4 02 0C, \`${digits(certificateFile, 4)}\``);
    expect(part).toContain(`\`8401${digits(key, 2)}\``);
    expect(part).toContain(`${pin.min} to ${pin.max} digits`);
    expect([pin.tries, part.includes('Three tries')]).toEqual([3, true]);
    expect(part).toContain(`r ‖ s (${signature})`);
  });
});
