/**
 * Whom or what a certificate is for. The kind decides which facts there are; the facts decide the subject's name.
 * @module
 */
import { hex } from '../common/bytes.ts';
import { isAuthorityReference } from './authority-reference.ts';
import type { DistinguishedName } from './certificate-name.ts';
import type { Role, StaffRole, Standing, TerminalRole } from './imis-extensions.ts';

/** Facts a certificate states, by kind. */
export type CertificateSubject =
  | { readonly kind: 'bureau-ca' | 'civil-ca' | 'professional-ca'; readonly name: string; readonly pathLength?: number }
  | { readonly kind: 'bureau-signing' | 'bureau-encryption' | 'group'; readonly name: string }
  /** `name` is the authority reference of card-verifiable certificates, 1 to 16 printable ASCII characters. */
  | { readonly kind: 'card-authority'; readonly name: string }
  /** `personId` is the citizen's number. */
  | { readonly kind: 'civil'; readonly name: string; readonly personId: string }
  /** `pid` is PID_P, 16 bytes, and all of the subject. */
  | { readonly kind: 'patient-signing'; readonly pid: Uint8Array; readonly standing: Standing }
  | { readonly kind: 'patient-decryption'; readonly pid: Uint8Array }
  /** `doctorId` is ID_D. */
  | { readonly kind: 'doctor'; readonly name: string; readonly doctorId: string }
  | { readonly kind: 'staff'; readonly name: string; readonly staffId: string; readonly role: Role<StaffRole> }
  /** `terminalId` is 16 bytes, the sender's terminal in every signed context. */
  | {
      readonly kind: 'terminal';
      readonly name: string;
      readonly terminalId: Uint8Array;
      readonly role: Role<TerminalRole>;
    }
  | { readonly kind: 'institution-decryption'; readonly name: string; readonly role: Role<TerminalRole> }
  /** At least one of `dns` and `ip` (dotted IPv4, or IPv6) is not empty. */
  | {
      readonly kind: 'server';
      readonly name: string;
      readonly dns: readonly string[];
      readonly ip: readonly string[];
    };

const identifier = (bytes: Uint8Array): string => {
  if (bytes.length !== 16) throw new RangeError('an identifier in a subject has 16 bytes');
  return hex(bytes);
};

/** Distinguished name of a subject. */
export function subjectName(subject: CertificateSubject): DistinguishedName {
  switch (subject.kind) {
    case 'patient-signing':
    case 'patient-decryption':
      return { serialNumber: identifier(subject.pid) };
    case 'civil':
      return { commonName: subject.name, serialNumber: subject.personId };
    case 'doctor':
      return { commonName: subject.name, serialNumber: subject.doctorId };
    case 'staff':
      return { commonName: subject.name, serialNumber: subject.staffId };
    case 'terminal':
      return { commonName: subject.name, serialNumber: identifier(subject.terminalId) };
    case 'card-authority':
      if (!isAuthorityReference(subject.name)) throw new RangeError('not an authority reference');
      return { commonName: subject.name };
    case 'bureau-ca':
    case 'civil-ca':
    case 'professional-ca':
    case 'bureau-signing':
    case 'bureau-encryption':
    case 'institution-decryption':
    case 'server':
    case 'group':
      return { commonName: subject.name };
  }
}
