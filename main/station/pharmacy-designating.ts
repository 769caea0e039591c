/**
 * Another pharmacy (eq 10, product.md 2): a patient stands here with a prescription that was sent elsewhere. The patient's card opens its own
 * copy and names this pharmacy; no doctor is needed. The copy is what the doctor signed, byte for byte, sealed to this pharmacy and to the
 * card again; from then on it is looked up and dispensed like any other.
 * @module
 */
import { instantOf } from '../../contract/calendar.ts';
import type { PrescriptionOnCard } from '../../contract/card-service.ts';
import { ImisError, refusalOf } from '../../contract/errors.ts';
import type { PinDigits } from '../../contract/formats.ts';
import type { Designation } from '../../contract/messages.ts';
import type { PharmacyFlow } from '../../contract/pharmacy-desk.ts';
import { hex } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { secureRng } from '../../crypto/common/random.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import { open } from '../../crypto/envelope/open.ts';
import { parseSignedMessage } from '../../crypto/envelope/parse-signed-message.ts';
import { seal } from '../../crypto/envelope/seal.ts';
import { messageId } from '../../crypto/groupsig/signature.ts';
import { type Certificate, parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import { deliverOrders } from './deliver-orders.ts';
import type { DeskCore } from './desk-core.ts';
import type { DeskScreen } from './desk-screen.ts';
import { pharmacyCertificate, type TrustedMaterial, trustPatient } from './material.ts';
import { cardSigner, signForBureau } from './messages.ts';
import type { ListedPrescription, PharmacyCounter } from './pharmacy-counter.ts';
import type { LookUp } from './pharmacy-look-up.ts';
import { MAX_BYTES } from './pharmacy-verifying.ts';
import type { DeskPorts } from './ports.ts';
import { requireToken } from './sign-on.ts';

/** What the desk lends. */
export interface DesignatingParts {
  readonly core: DeskCore;
  readonly screen: DeskScreen<PharmacyFlow>;
  readonly counter: PharmacyCounter;
  readonly lookUp: LookUp;
}

/** The sealed copy on the card. RX_COPY_GONE: the card keeps the newest few, this one has made room. */
async function copyOnCard({ cards }: DeskPorts, slot: string, rxId: string, signal: AbortSignal): Promise<Uint8Array> {
  try {
    return await cards.patientPrescriptionBody({ slot, rxId }, signal);
  } catch (cause) {
    if (refusalOf(cause).code !== 'CARD_RECORD_NOT_FOUND') throw cause;
    throw new ImisError('RX_COPY_GONE', 'no copy of it on the card', { cause });
  }
}

/** What the doctor signed, opened with the card's key after its PIN. RX_ALTERED when it is not what the card's record says. */
async function openCopy(
  { cards }: DeskPorts,
  slot: string,
  record: PrescriptionOnCard,
  decryption: Certificate,
  sealed: Uint8Array,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const key = {
    spki: decryption.spki,
    certificate: decryption.der,
    agree: (point: Uint8Array, at: AbortSignal) => cards.patientAgree({ slot, point }, at),
  };
  const opened = await open(sealed, key, signal, { maxBytes: MAX_BYTES });
  const { attributes, signedAttributes, signature } = parseSignedMessage(opened);
  const isIt =
    attributes.kind === 'group' &&
    hex(messageId(attributes.ctx, h256(signedAttributes), signature)).slice(0, 32) === record.hash16;
  if (!isIt) throw new ImisError('RX_ALTERED', 'the copy on the card is of another prescription');
  return opened;
}

/** The patient's word that this pharmacy may collect, sealed to the bureau, base64. */
async function signDesignation(
  ports: DeskPorts,
  material: TrustedMaterial,
  slot: string,
  certificate: Certificate,
  rxId: string,
  signal: AbortSignal,
): Promise<string> {
  const { cards, clock, terminal } = ports;
  const designation: Designation = {
    type: 'designation',
    version: 1,
    institution: terminal.institution,
    keyId: hex(keyIdentifier(certificate.spki)),
    rxId,
    pharmacy: terminal.institution,
    nonce: hex(secureRng(32)),
    at: instantOf(clock.now()),
  };
  const signer = cardSigner(certificate.der, (attributes, at) => cards.patientSign({ slot, attributes }, at));
  const patient = { pid: hex(certificate.pid ?? new Uint8Array(0)), certificate: certificate.der };
  const signed = await signForBureau(ports, material, signer, { type: 'designation', patient }, designation, signal);
  return toBase64(seal(signed, [{ certificate: material.encryption.der }]));
}

/** Creates it on the desk's own screen. */
export function createDesignating({ core, screen, counter, lookUp }: DesignatingParts) {
  const { ports } = core;
  const { cards, bureau, clock, terminal } = ports;
  const forever = new AbortController().signal;

  /** One that the card says is for another pharmacy. STEP_OUT_OF_ORDER for every other, and where an agent collects. */
  const choose = (rxId: string): ListedPrescription & { readonly record: PrescriptionOnCard } => {
    core.mustRest();
    const current = counter.current();
    const view = current?.views.find((one) => one.rxId === rxId);
    const record = current?.records.get(rxId);
    const isElsewhere = view?.state === 'refused' && view.refusal?.code === 'RX_OTHER_PHARMACY';
    if (current === undefined || record === undefined || current.agent !== undefined || !isElsewhere)
      throw new ImisError('STEP_OUT_OF_ORDER', 'not a prescription that can be designated here');
    return { current, view, record };
  };

  /** Has the prescription collected here instead. */
  return async (rxId: string, pin: PinDigits, signal?: AbortSignal): Promise<void> => {
    const chosen = choose(rxId);
    const { current, record } = chosen;
    await counter.work('designate here', chosen, signal, async (running, list) => {
      const token = requireToken(core);
      const { slot } = core.cardOf('patient');
      const { signing, decryption } = await cards.patientCertificates({ slot }, running);
      if (parseCertificate(signing).serial !== current.certificate.serial)
        throw new ImisError('CARD_OTHER_PERSON', 'another card than before');
      // Off line nobody can be told, and then the card is not asked for its PIN either.
      await bureau.inbox({ operator: token }, running);
      const material = await core.material(running);
      const own = trustPatient(material, decryption, clock.now(), 'patient-decryption');
      const copy = await list.run('open-copy', '10', async () => {
        const sealed = await copyOnCard(ports, slot, rxId, running);
        await cards.patientVerifyPin({ slot, pin }, running);
        return openCopy(ports, slot, record, own, sealed, running);
      });
      const ciphertext = await list.run('seal-copy', '10', async () =>
        toBase64(
          seal(copy, [{ certificate: pharmacyCertificate(material, terminal.institution) }, { certificate: own.der }]),
        ),
      );
      const designation = await list.run('card-signs', '10', () =>
        signDesignation(ports, material, slot, current.certificate, rxId, running),
      );
      // Not to be cancelled: once the bureau has it, the other pharmacy gives nothing any more.
      await list.run('designate-pharmacy', '10', () =>
        bureau.designation({ body: { designation, ciphertext } }, forever),
      );
      // The card is here: it learns at once where it is to be collected.
      await list.run('write-card', '10', () => deliverOrders(ports, slot, running));
    });
    // What the card and the bureau say now.
    const flow = screen.flow();
    if (flow.step === 'listed' && flow.refusal === undefined) await lookUp(signal);
  };
}
