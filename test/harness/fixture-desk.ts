/**
 * A desk's folder whose terminal the cards of card/simulator/cards.fixture.ts believe: for tests of commands that take such a folder and real
 * readers, and need no bureau.
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AUTHORITY, cardCertificate, certify, PHARMACY_CODE, TERMINAL_ID } from '../../card/simulator/cards.fixture.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { createKeyStore, generateP256, toPem } from '../../crypto/pki/key-store.ts';
import { certified } from '../../crypto/pki/pki.fixture.ts';
import { p256Point } from '../../crypto/pki/public-key.ts';
import { deskFiles } from '../../main/app/desk-folder.ts';

/** Writes the folder of a pharmacy's desk. */
export async function writeFixtureDesk(dir: string): Promise<void> {
  const files = deskFiles(dir);
  mkdirSync(join(dir, 'anchors'), { recursive: true });
  const role = { institution: PHARMACY_CODE, role: 'pharmacy' } as const;
  const bureau = await certified({ kind: 'bureau-ca', name: 'bureau' });
  const terminal = await certified({ kind: 'terminal', name: 'T', terminalId: TERMINAL_ID, role }, bureau);
  const channel = await generateP256();
  const point = p256Point(channel.spki);
  if (point === undefined) throw new Error('a key just made has a point');
  const store = createKeyStore(files.keys);
  await store.save('terminal', { privateKey: terminal.privateKey, certificate: terminal.certificate });
  await store.save('card-channel', { privateKey: channel.privateKey });
  writeFileSync(files.cardChannelCertificate, await cardCertificate({ point, role: { kind: 'terminal', ...role } }));
  writeFileSync(files.bureauCa, toPem('CERTIFICATE', bureau.certificate));
  const authority = await certify(bureau, { kind: 'card-authority', name: AUTHORITY.reference }, AUTHORITY.point);
  writeFileSync(files.cardAuthority, toPem('CERTIFICATE', authority));
  const desk = {
    version: 1,
    desk: 'pharmacy',
    institution: PHARMACY_CODE,
    institutionName: '測試藥局',
    bureau: '0000000001',
    terminalId: hex(TERMINAL_ID),
    name: '測試',
  };
  writeFileSync(files.desk, JSON.stringify(desk));
}
