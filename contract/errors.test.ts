import { describe, expect, it } from 'vitest';
import { BIOMETRIC_ERRORS } from '../biometric/biometric-error.ts';
import { CARD_ERRORS } from '../card/card-error.ts';
import { ENVELOPE_ERRORS } from '../crypto/envelope/envelope-error.ts';
import { GROUPSIG_ERRORS } from '../crypto/groupsig/groupsig-error.ts';
import { PKI_ERRORS } from '../crypto/pki/pki-error.ts';
import { AGENT_REFUSALS } from '../crypto/proxysig/check-agent.ts';
import { PROXYSIG_ERRORS } from '../crypto/proxysig/proxysig-error.ts';
import { ERRORS, ImisError, isErrorCode, refusalOf } from './errors.ts';

describe('the error table', () => {
  it('has every code of every layer', () => {
    const layers = [
      ...CARD_ERRORS,
      ...BIOMETRIC_ERRORS,
      ...PROXYSIG_ERRORS,
      ...AGENT_REFUSALS,
      ...Object.keys(ENVELOPE_ERRORS),
      ...Object.keys(PKI_ERRORS),
      ...Object.keys(GROUPSIG_ERRORS),
    ];
    expect(layers.filter((code) => !isErrorCode(code))).toEqual([]);
  });

  it('gives each code a reference of its own', () => {
    const refs = Object.values(ERRORS).map(({ ref }) => ref);
    expect(new Set(refs).size).toBe(refs.length);
    expect(refs.filter((ref) => !/^[A-Z]-\d{3}$/u.test(ref))).toEqual([]);
  });

  it('folds errors of any layer into a refusal and keeps the tries left', () => {
    expect(refusalOf(new ImisError('PIN_WRONG', 'no', { triesLeft: 2 }))).toEqual({ code: 'PIN_WRONG', triesLeft: 2 });
    expect(refusalOf(new Error('surprise'))).toEqual({ code: 'INTERNAL' });
    expect(refusalOf('text')).toEqual({ code: 'INTERNAL' });
    expect(refusalOf(new DOMException('stop', 'AbortError'))).toEqual({ code: 'CANCELLED' });
  });

  it('looks behind an untrusted signer for the reason', () => {
    const cause = new ImisError('CERT_REVOKED', 'gone');
    const outer = Object.assign(new Error('not accepted', { cause }), { code: 'SIGNER_UNTRUSTED' });
    expect(refusalOf(outer)).toEqual({ code: 'CERT_REVOKED' });
    expect(refusalOf(Object.assign(new Error('not accepted'), { code: 'SIGNER_UNTRUSTED' }))).toEqual({
      code: 'SIGNER_UNTRUSTED',
    });
  });
});
