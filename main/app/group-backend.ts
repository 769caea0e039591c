/**
 * Which backend a process uses for the group signature: native code where it was built, mcl in wasm elsewhere. Large, so loaded when it is
 * first needed, once.
 * @module
 */
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';

/** Answers the process's backend. */
export function createGroupBackend(): () => Promise<GroupBackend> {
  let loading: Promise<GroupBackend> | undefined;
  return () => {
    loading ??= import('../../crypto/groupsig/node/load-native.ts').then(({ chooseGroupBackend }) =>
      chooseGroupBackend(),
    );
    return loading;
  };
}
