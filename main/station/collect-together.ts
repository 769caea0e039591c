/**
 * A pickup of two cards (crypto/proxysig/two-party.ts), carried between the agent's own health card and the patient's: commit, begin, share, finish.
 * Each command is a turn of its own on its card; what one of them keeps in between is gone when it leaves, and then nothing was collected.
 * @module
 */
import type { ConsumeRequest, Pickup } from '../../card/apps/collect-command.ts';
import type { PatientApp } from '../../card/apps/patient-app.ts';
import { CardError } from '../../card/card-error.ts';
import { ImisError } from '../../contract/errors.ts';

type Work = <T>(work: (app: PatientApp) => Promise<T>) => Promise<T>;

const isRefused = (cause: unknown, code: CardError['code']): boolean =>
  cause instanceof CardError && cause.code === code;

/**
 * Collects once; the same request again brings the same answer. `delegation` is W, 32 bytes. Rejects as `consume` does, with CARD_WARRANT_REFUSED
 * by either card, and PROXY_SHARE_INVALID when the patient's card does not find the other's share good.
 */
export async function collectTogether(
  { patient, agent }: { readonly patient: Work; readonly agent: Work },
  asked: { readonly request: ConsumeRequest; readonly proxySlot: number; readonly delegation: Uint8Array },
  signal?: AbortSignal,
): Promise<Pickup> {
  const { request, proxySlot, delegation } = asked;
  const committed = await agent((app) => app.proxyCommit(delegation, signal));
  const begun = await patient((app) => app.proxyBegin(proxySlot, request, committed, signal)).catch(
    (cause: unknown) => {
      if (isRefused(cause, 'CARD_ALREADY_USED')) return undefined;
      throw cause;
    },
  );
  // The answer to this request may have been lost: it was kept, and another request gets CARD_ALREADY_USED.
  if (begun === undefined) return patient((app) => app.proxySign(proxySlot, request, signal));
  const share = await agent((app) => app.proxyShare(begun.pu, begun.commitment, signal));
  try {
    return await patient((app) => app.proxyFinish(proxySlot, share, signal));
  } catch (cause) {
    if (!isRefused(cause, 'CARD_REFUSED')) throw cause;
    throw new ImisError('PROXY_SHARE_INVALID', 'the two cards did not sign one object', { cause });
  }
}
