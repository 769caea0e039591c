/**
 * Both sides prove themselves: which terminals a card must refuse, and what it shows the one that it believes.
 * @module
 */
import { concat, equalBytes, readUint, uint } from '../../crypto/common/bytes.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { type CardCertificate, isCertifiedBy, parseCardCertificate } from '../../crypto/pki/card-certificate.ts';
import { isSignedBy, newPrivateKey, signMessage } from '../../crypto/pki/p256-key.ts';
import { PkiError } from '../../crypto/pki/pki-error.ts';
import { cardStatement, terminalStatement } from '../apdu/channel-keys.ts';
import { type CommandApdu, command } from '../apdu/command.ts';
import { SW } from '../apdu/status-word.ts';
import { readCommand } from './card-under-test.ts';
import { type Check, CLAUSE, expectStatus, expectThat, NonConformity } from './check.ts';
import { agree, agreeAs, deskOf, proofOf } from './probe-channel.ts';

/** The desk's certificate with something else in it, and a signature by the desk for this channel. */
type Forge = (certificate: Uint8Array) => Uint8Array;

const cut: Forge = (certificate) => certificate.slice(0, -1);
/** The signature is the last 64 bytes. */
const resigned: Forge = (certificate) =>
  concat(certificate.slice(0, -64), signMessage(newPrivateKey(secureRng), parseCardCertificate(certificate).body));

/** Another authority's name in place of the right one, of the same length; the certificate stays well formed. */
function renamed(certificate: Uint8Array): Uint8Array {
  const { authority } = parseCardCertificate(certificate);
  const at = Buffer.from(certificate).indexOf(Buffer.from(authority, 'latin1'));
  const copy = certificate.slice();
  copy[at] = copy[at] === 0x5a ? 0x59 : 0x5a;
  return copy;
}

const external = (certificate: Uint8Array, signature: Uint8Array): CommandApdu =>
  command([0x00, 0x82, 0x00, 0x01], concat(certificate, signature));

const refusedCertificate = (id: string, what: string, sw: number, forge: Forge): Check => ({
  id: `terminal.${id}`,
  clause: CLAUSE.certificates,
  what,
  needs: ['desk'],
  async run(card) {
    const desk = deskOf(card);
    const { send, transcript } = await agree(card);
    const signature = await desk.sign(terminalStatement(transcript));
    expectStatus('EXTERNAL AUTHENTICATE', (await send(external(forge(desk.certificate), signature))).sw, sw);
    expectStatus(
      'EF AUT.CVC after it',
      (await send(readCommand(card.profile.files.authentication))).sw,
      SW.pinRequired,
    );
  },
});

function decoded(certificate: Uint8Array): CardCertificate {
  try {
    return parseCardCertificate(certificate);
  } catch (cause) {
    if (cause instanceof PkiError)
      throw new NonConformity('EF AUT.CVC holds no card-verifiable certificate', { cause });
    throw cause;
  }
}

export const TERMINAL_CHECKS: readonly Check[] = [
  refusedCertificate('cut-certificate', 'a certificate cut short is 6A80', SW.wrongData, cut),
  refusedCertificate('foreign-signature', 'one signed by somebody else is 6300', SW.authenticationFailed, resigned),
  refusedCertificate('foreign-authority', 'one of an authority of another name is 6A88', SW.referenceNotFound, renamed),
  {
    id: 'terminal.wrong-signature',
    clause: CLAUSE.channel,
    what: 'a signature for another channel, or by another key, is 6300',
    needs: ['desk'],
    async run(card) {
      const desk = deskOf(card);
      const { send, transcript } = await agree(card);
      const other = await desk.sign(terminalStatement(secureRng(32)));
      expectStatus('for another channel', (await send(external(desk.certificate, other))).sw, SW.authenticationFailed);
      const byOther = signMessage(newPrivateKey(secureRng), terminalStatement(transcript));
      expectStatus('by another key', (await send(external(desk.certificate, byOther))).sw, SW.authenticationFailed);
      expectStatus('EF AUT.CVC', (await send(readCommand(card.profile.files.authentication))).sw, SW.pinRequired);
    },
  },
  {
    id: 'terminal.once',
    clause: CLAUSE.channel,
    what: 'a terminal proves itself once in a channel: again is 6985',
    needs: ['desk'],
    async run(card) {
      const { send, transcript } = await agreeAs(card);
      expectStatus('again', (await send(await proofOf(deskOf(card), transcript))).sw, SW.conditions);
    },
  },
  {
    id: 'card.certificate',
    clause: CLAUSE.certificates,
    what: 'EF AUT.CVC holds a certificate by the authority, for this application',
    needs: ['desk'],
    async run(card) {
      const { authority } = deskOf(card);
      const { send } = await agreeAs(card);
      const { data, sw } = await send(readCommand(card.profile.files.authentication));
      expectStatus('READ BINARY', sw, SW.ok);
      const certificate = decoded(data);
      expectThat(certificate.authority === authority.reference, 'an authority of another name');
      expectThat(isCertifiedBy(certificate, authority.point), 'the signature of the authority does not hold');
      const { role } = certificate;
      expectThat(role.kind === 'card' && role.card === card.profile.kind, 'for another application');
    },
  },
  {
    id: 'card.proof',
    clause: CLAUSE.channel,
    what: 'INTERNAL AUTHENTICATE signs for this channel and this terminal with the key of EF AUT.CVC',
    needs: ['desk'],
    async run(card) {
      const desk = deskOf(card);
      const { send, transcript } = await agreeAs(card);
      const { point } = decoded((await send(readCommand(card.profile.files.authentication))).data);
      const proof = await send(command([0x00, 0x88, 0x00, 0x01], undefined, 256));
      expectStatus('INTERNAL AUTHENTICATE', proof.sw, SW.ok);
      const statement = cardStatement(transcript, desk.certificate);
      expectThat(proof.data.length === 64 && isSignedBy(point, statement, proof.data), 'the signature does not hold');
    },
  },
  {
    id: 'card.serial',
    clause: CLAUSE.orders,
    what: 'BUREAU ORDER without data answers the serial number that EF AUT.CVC names',
    needs: ['desk'],
    async run(card) {
      const { send } = await agreeAs(card);
      const { holder } = decoded((await send(readCommand(card.profile.files.authentication))).data);
      const { data, sw } = await send(command([0x80, 0xd4, 0x00, 0x00], undefined, 256));
      expectStatus('BUREAU ORDER', sw, SW.ok);
      expectThat(data.length === 20 && equalBytes(data.slice(0, 16), holder), 'another serial number, or another form');
    },
  },
  {
    id: 'card.foreign-order',
    clause: CLAUSE.orders,
    what: 'an order that nobody signed is 6A80 and does not count',
    needs: ['desk'],
    async run(card) {
      const { send } = await agreeAs(card);
      const status = await send(command([0x80, 0xd4, 0x00, 0x00], undefined, 256));
      const next = readUint(status.data.subarray(16)) + 1;
      // Unblocking: should a card take it, it is none the worse.
      const forged = concat(status.data.slice(0, 16), uint(next, 4), Uint8Array.of(6), new Uint8Array(64).fill(1));
      // A card that was given no key of the bureau cannot tell.
      const { sw } = await send(command([0x80, 0xd4, 0x00, 0x00], forged, 256));
      expectStatus('a forged order', sw, SW.wrongData, SW.referenceNotFound);
      const after = await send(command([0x80, 0xd4, 0x00, 0x00], undefined, 256));
      expectThat(equalBytes(after.data, status.data), 'the number of the last order has changed');
    },
  },
];
