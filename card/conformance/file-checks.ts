/**
 * The table of files, one check for each: who may read it, by the role of the terminal that the card believes (card note 3.3).
 * @module
 */
import { parseCardCertificate } from '../../crypto/pki/card-certificate.ts';
import { command } from '../apdu/command.ts';
import { SW } from '../apdu/status-word.ts';
import type { ApplicationProfile, FileAccess, FileProfile, TerminalRole } from '../apps/card-profile.ts';
import { STAFF_FILES } from '../apps/card-profile.ts';
import type { TerminalCredential } from '../apps/secure-channel.ts';
import { type CardUnderTest, readCommand } from './card-under-test.ts';
import { type Check, CLAUSE, expectStatus, NotApplicable } from './check.ts';
import { agreeAs, deskOf } from './probe-channel.ts';

/** Role of a terminal by its certificate. Throws RangeError for a card's. */
function roleOf({ certificate }: TerminalCredential): TerminalRole {
  const { role } = parseCardCertificate(certificate);
  if (role.kind !== 'terminal') throw new RangeError('the certificate of a card, not of a terminal');
  return role.role;
}

/** What reading answers at a terminal of a role, without PIN and without a doctor card. */
function readingAnswers(access: FileAccess, role: TerminalRole): readonly number[] {
  const readable = [SW.ok, SW.recordNotFound];
  if (access === 'always') return readable;
  if (access === 'never') return [SW.pinRequired];
  const open = access.filter(({ roles, doctor }) => doctor !== true && (roles === undefined || roles.includes(role)));
  if (open.length === 0) return [SW.roleRefused];
  return open.some(({ pin }) => pin !== true) ? readable : [SW.pinRequired];
}

/** The same files answer on a card that the bureau has blocked. */
const answersBlocked = (file: FileProfile): boolean =>
  file.sfi === STAFF_FILES.cardInfo.sfi || file.sfi === STAFF_FILES.authentication.sfi;

async function readAs(card: CardUnderTest, name: string, file: FileProfile): Promise<void> {
  const role = roleOf(deskOf(card));
  const { send } = await agreeAs(card);
  const allowed = card.life === 'blocked' && !answersBlocked(file) ? [SW.conditions] : readingAnswers(file.read, role);
  expectStatus(`EF ${name} at a terminal of ${role}`, (await send(readCommand(file))).sw, ...allowed);
}

/** One check for each file of an application. */
export const fileChecks = ({ files }: ApplicationProfile): readonly Check[] => [
  ...Object.entries(files).map(
    ([name, file]): Check => ({
      id: `file.${name}`,
      clause: CLAUSE.files,
      what: `EF ${name} is readable at this terminal exactly if the table says so`,
      needs: ['desk'],
      run: (card) => readAs(card, name, file),
    }),
  ),
  {
    id: 'file.write-closed',
    clause: CLAUSE.issuing,
    what: 'no transparent file that the issuing desk wrote can be written again',
    needs: ['desk'],
    async run(card) {
      const { send } = await agreeAs(card);
      for (const [name, file] of Object.entries(files)) {
        if (file.structure !== 'transparent' || file.write === 'card' || 'staged' in file.write) continue;
        // No PIN and no doctor card; and no data, so that a card that lets it pass has lost nothing.
        const { sw } = await send(command([0x00, 0xd6, 0x80 | file.sfi, 0x00]));
        expectStatus(
          `EF ${name}`,
          sw,
          SW.roleRefused,
          SW.pinRequired,
          ...(card.life === 'blocked' ? [SW.conditions] : []),
        );
      }
    },
  },
  {
    id: 'file.issuing-closed',
    clause: CLAUSE.issuing,
    what: 'an issued card makes no key, takes no authority and is not activated again',
    needs: ['desk'],
    async run(card) {
      if (card.life === 'blank') throw new NotApplicable('the card is blank');
      const { send } = await agreeAs(card);
      const closed = [
        ['GENERATE ASYMMETRIC KEY PAIR', command([0x00, 0x47, 0x81, 0x00], Uint8Array.of(1), 256)],
        ['PUT DATA of an authority', command([0x00, 0xda, 0x01, 0x04], new Uint8Array(80))],
        ['SET PIN', command([0x00, 0x24, 0x01, 0x01], new Uint8Array(8))],
        ['ACTIVATE FILE', command([0x00, 0x44, 0x00, 0x00])],
      ] as const;
      for (const [name, apdu] of closed) expectStatus(name, (await send(apdu)).sw, SW.conditions);
    },
  },
];
