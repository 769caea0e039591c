/**
 * Every object identifier the product uses. Ours stand under one UUID arc (ITU-T X.667, 2.25.<UUID as integer>), so no registration is needed.
 * docs/protocol.md repeats this table.
 * @module
 */

const ARC = '2.25.307893490070957666482481845892071039189';

/** Our own identifiers. */
export const IMIS_OID = {
  /** Signature algorithm NHI-GSIG-V1 (crypto/groupsig); its public key algorithm has the same identifier. */
  groupSignature: `${ARC}.1.1`,
  /** Signature algorithm NHI-PROXY-V1 (crypto/proxysig). */
  proxySignature: `${ARC}.1.2`,
  /** Signed attribute: who, what for, for whom, about whom (P-256 signatures). */
  imisContext: `${ARC}.2.1`,
  /** Signed attribute: the 74-byte ctx of NHI-GSIG-V1. */
  nhiContext: `${ARC}.2.2`,
  /** Unsigned attribute: the body that a prescription's manifest commits to. */
  prescriptionBody: `${ARC}.2.3`,
  /** Certificate extension: insurance standing and the agents' key hashes of PCert_P. */
  standing: `${ARC}.3.1`,
  /** Certificate extension: institution and role of a terminal or a member of staff. */
  role: `${ARC}.3.2`,
  /** Arc of certificate policies, one below it for each kind of certificate (crypto/pki). */
  certificateKinds: `${ARC}.5`,
  /** Holder template of a terminal's card-verifiable certificate (crypto/pki/card-certificate.ts). */
  terminalTemplate: `${ARC}.7.1`,
  /** Holder template of a card's card-verifiable certificate. */
  cardTemplate: `${ARC}.7.2`,
  /** Content type of JSON payloads; the payload's own `type` says which. */
  jsonContent: `${ARC}.4.1`,
  /** Content type of a prescription manifest. */
  manifestContent: `${ARC}.4.2`,
  /** Content type of a clinical record (FHIR R4 Bundle). */
  recordContent: `${ARC}.4.3`,
  /** Identifier system of FHIR documents: pseudonym PID_P. */
  pidSystem: `${ARC}.6.1`,
  /** Identifier system of FHIR documents: visit. */
  visitSystem: `${ARC}.6.2`,
  /** Identifier system of FHIR documents: ten-digit code of an institution. */
  institutionSystem: `${ARC}.6.3`,
  /** Code system of FHIR documents: a class of allergens by the name that safety tables give it. */
  allergenSystem: `${ARC}.6.4`,
} as const;
