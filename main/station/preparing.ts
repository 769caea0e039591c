/**
 * The pharmacy before the patient comes: the work list, one of it opened, locked so that it is prepared here. A therapy is opened only while
 * this desk holds the lock of its prescription: whoever reads it has said so to the bureau, and this desk keeps evidence of it.
 * @module
 */
import { dayOf } from '../../contract/calendar.ts';
import { ImisError, type Refusal } from '../../contract/errors.ts';
import type { OpenedWorkItem, PharmacyFlow } from '../../contract/pharmacy-desk.ts';
import { readPickupCode } from '../../contract/pickup-code.ts';
import type { Stage } from '../../contract/stage.ts';
import type { WorkListPage } from '../../contract/work-list.ts';
import { type DeskCore, refuse } from './desk-core.ts';
import type { DeskScreen } from './desk-screen.ts';
import type { DeskGroup } from './doctor-signer.ts';
import type { TrustedMaterial } from './material.ts';
import type { HeldLock } from './ports.ts';
import { requireToken } from './sign-on.ts';
import { createStages, type StageList } from './stages.ts';
import { verifyForPreparing } from './verify-for-preparing.ts';
import {
  detailOf,
  type InboxLine,
  pageOf,
  pageWith,
  refuseOver,
  type WorkListKnowledge,
  withState,
} from './work-list.ts';

/** What the desk lends. */
export interface PreparingParts {
  readonly core: DeskCore;
  readonly screen: DeskScreen<PharmacyFlow>;
  readonly groupOf: (material: TrustedMaterial) => Promise<DeskGroup>;
  readonly locks: ReadonlyMap<string, HeldLock>;
  readonly lock: (rxId: string, ask: { recover: boolean }, signal: AbortSignal) => Promise<unknown>;
  readonly unlock: (rxId: string, signal: AbortSignal) => Promise<void>;
  /** Called after every piece of work: a card may have come meanwhile. */
  readonly follow: () => void;
}

export interface Preparing {
  /** Rejects with OPERATOR_REQUIRED, and with STEP_OUT_OF_ORDER while a patient's card is in. */
  openList(page: number, signal?: AbortSignal): Promise<void>;
  /** Rejects with STEP_OUT_OF_ORDER for one that is not on the list that is shown. */
  openItem(rxId: string, signal?: AbortSignal): Promise<void>;
  /** Whether `accept` and `release` mean the one that is opened here. */
  hasOpened(rxId: string): boolean;
  accept(rxId: string, recover: boolean, signal?: AbortSignal): Promise<void>;
  release(rxId: string, signal?: AbortSignal): Promise<void>;
  /** What was scanned while no card was in: opened in the list, with the page on which it is. */
  find(text: string, signal?: AbortSignal): Promise<void>;
}

type Listed = PharmacyFlow & { readonly step: 'work-list' };
type Show = (flow: PharmacyFlow) => boolean;

/** Creates it on the desk's own screen. */
export function createPreparing(parts: PreparingParts): Preparing {
  const { core, screen, locks } = parts;
  const { bureau, clock } = core.ports;
  const known = (): WorkListKnowledge => ({ holdsLock: (rxId) => locks.has(rxId), today: dayOf(clock.now()) });

  const mayWork = (): { readonly token: string } => {
    core.mustRest();
    if (core.common().slots.some((view) => view.state === 'ready' && view.kind === 'patient'))
      throw new ImisError('STEP_OUT_OF_ORDER', 'a patient is at the counter');
    return { token: requireToken(core) };
  };

  /** The list that is shown, and the one that is opened when `rxId` names it. */
  const shown = (): Listed => {
    const flow = screen.flow();
    if (flow.step !== 'work-list') throw new ImisError('STEP_OUT_OF_ORDER', 'the work list is not shown');
    return flow;
  };

  /** One piece of work; what is refused stands over `before`, where there is a list, else alone. */
  const work = async (
    what: string,
    before: Listed | undefined,
    signal: AbortSignal | undefined,
    run: (running: AbortSignal, list: StageList, show: Show) => Promise<void>,
    refusedWith: (refusal: Refusal) => Listed | undefined = () => before,
  ): Promise<void> => {
    const show = screen.showing();
    let stages: Stage[] = [];
    const list = createStages(clock.now, (all) => {
      stages = all;
      show({ step: 'working', task: 'work-list', stages });
    });
    try {
      await core.alone(signal, (running) => run(running, list, show));
    } catch (cause) {
      const refusal = refuse(core, what, cause);
      const after = refusedWith(refusal);
      show(after === undefined ? { step: 'refused', refusal, stages } : { ...after, stages, refusal });
    }
    parts.follow();
  };

  const fetchInbox = (token: string, list: StageList, signal: AbortSignal): Promise<readonly InboxLine[]> =>
    list.run('fetch-work-list', '10', async () => (await bureau.inbox({ operator: token }, signal)).items);

  /** Its lines, while this desk holds the lock; or why they cannot be shown. */
  const linesOf = async (
    rxId: string,
    token: string,
    list: StageList,
    signal: AbortSignal,
  ): Promise<Pick<OpenedWorkItem, 'lines' | 'refusal'>> => {
    if (!locks.has(rxId)) return { lines: [] };
    try {
      const sealed = await list.run('fetch-prescription', '10', () =>
        bureau.inboxItem({ operator: token, params: { rxId } }, signal),
      );
      const { lines } = await list.run('verify-prescription', '16', async () => {
        const material = await core.material(signal);
        return verifyForPreparing(core.ports, material, await parts.groupOf(material), rxId, sealed, signal);
      });
      return { lines: [...lines] };
    } catch (cause) {
      signal.throwIfAborted();
      return { lines: [], refusal: refuse(core, 'verify for preparing', cause) };
    }
  };

  /** The bureau's newest word of one on a page, and its lines where they may be shown. */
  const open = async (
    page: WorkListPage,
    rxId: string,
    token: string,
    list: StageList,
    signal: AbortSignal,
  ): Promise<Listed> => {
    const item = page.items.find((one) => one.rxId === rxId);
    if (item === undefined) throw new Error('a prescription that is not on this page');
    const standing = await bureau.prescriptionStatus({ params: { rxId } }, signal);
    const detail = detailOf(item, standing, known());
    const lines = detail.state === 'here' ? await linesOf(rxId, token, list, signal) : { lines: [] };
    const now = withState(page, rxId, detail.state);
    return { step: 'work-list', ...now, opened: { ...detail, ...lines }, stages: list.all() };
  };

  const pageIn = ({ items, page, pages, total }: Listed): WorkListPage => ({ items, page, pages, total });

  const openedIn = (flow: Listed, rxId: string, states: readonly OpenedWorkItem['state'][]): OpenedWorkItem => {
    const { opened } = flow;
    if (opened?.rxId !== rxId || !states.includes(opened.state))
      throw new ImisError('STEP_OUT_OF_ORDER', 'nothing of this prescription can be done now');
    return opened;
  };

  return {
    openList: async (page, signal) => {
      const { token } = mayWork();
      await work('work list', undefined, signal, async (running, list, show) => {
        const inbox = await fetchInbox(token, list, running);
        show({ step: 'work-list', ...pageOf(inbox, page, known()), stages: list.all() });
      });
    },
    openItem: async (rxId, signal) => {
      const { token } = mayWork();
      const before = pageIn(shown());
      if (!before.items.some((item) => item.rxId === rxId))
        throw new ImisError('STEP_OUT_OF_ORDER', 'not on the list that is shown');
      await work(
        'open of the work list',
        { step: 'work-list', ...before, stages: [] },
        signal,
        async (running, list, show) => {
          show(await open(before, rxId, token, list, running));
        },
      );
    },
    hasOpened: (rxId) => {
      const flow = screen.flow();
      return flow.step === 'work-list' && flow.opened?.rxId === rxId;
    },
    accept: async (rxId, recover, signal) => {
      const { token } = mayWork();
      const before = shown();
      const opened = openedIn(before, rxId, recover ? ['elsewhere'] : ['open']);
      await work(
        'accept',
        before,
        signal,
        async (running, list, show) => {
          await list.run('accept-prescription', '16', () => parts.lock(rxId, { recover }, running));
          const lines = await linesOf(rxId, token, list, running);
          const page = withState(pageIn(before), rxId, 'here');
          show({ step: 'work-list', ...page, opened: { ...opened, state: 'here', ...lines }, stages: list.all() });
        },
        ({ code }) =>
          // Somebody was quicker.
          code === 'RX_LOCKED'
            ? {
                step: 'work-list',
                ...withState(pageIn(before), rxId, 'elsewhere'),
                opened: { ...opened, state: 'elsewhere' },
                stages: [],
              }
            : before,
      );
    },
    release: async (rxId, signal) => {
      mayWork();
      const before = shown();
      const { refusal: _refusal, ...opened } = openedIn(before, rxId, ['here']);
      await work('release', before, signal, async (running, list, show) => {
        await list.run('release-prescription', '16', () => parts.unlock(rxId, running));
        const page = withState(pageIn(before), rxId, 'open');
        show({ step: 'work-list', ...page, opened: { ...opened, state: 'open', lines: [] }, stages: list.all() });
      });
    },
    find: async (text, signal) => {
      const { token } = mayWork();
      const flow = screen.flow();
      // A medicine's own bar code, scanned while it is handed over, must not wipe the result.
      const code = flow.step === 'dispensed' ? readPickupCode(text) : undefined;
      const before = flow.step === 'work-list' ? flow : undefined;
      await work('scan', before, signal, async (running, list, show) => {
        const rxId = code ?? readPickupCode(text);
        const page = pageWith(await fetchInbox(token, list, running), rxId, known());
        if (page !== undefined) {
          show(await open(page, rxId, token, list, running));
          return;
        }
        // Not in the inbox: the bureau says why.
        const standing = await bureau.prescriptionStatus({ params: { rxId } }, running);
        if (standing.pharmacy !== core.ports.terminal.institution)
          throw new ImisError('RX_OTHER_PHARMACY', 'designated to another pharmacy');
        refuseOver(standing);
        throw new ImisError('RX_NOT_FOUND', 'not in the inbox');
      });
    },
  };
}
