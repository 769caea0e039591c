import { defineConfig } from 'vitest/config';

/** No module keeps a state of its own (R6), so that test files may share a process: half the time. Mocks are undone between files. */
const shared = { environment: 'node', testTimeout: 30_000, hookTimeout: 60_000, isolate: false } as const;

/** Compiles the fingerprint kernels where they changed. */
const kernels = './test/harness/build-kernels.ts';

/** Makes the demonstration that these suites copy. */
const globalSetup = [kernels, './test/harness/demonstration-copy.ts'];

/** Whole bureaus and whole visits, real HTTPS, but everything in one process; cards whose supply goes at every byte, and whole lives of cards. */
const journeys = [
  'test/journey/**/*.test.ts',
  'bureau/http/**/*.test.ts',
  'cli/**/*.test.ts',
  'main/app/**/*.test.ts',
  'card/simulator/tear-*.test.ts',
  'card/conformance/{blank-profile,wrong-life,wrong-health-card,issued-profile,wrong-cards}.test.ts',
  // Slow for another cause: thousands of curve operations in the slowest backend, or a hundred thousand commands.
  'crypto/groupsig/{backends,batch,backend-native,backend-native-verify}.test.ts',
  'crypto/groupsig/node/verify-pool.test.ts',
  'test/vectors/groupsig.test.ts',
  'card/simulator/fuzz.test.ts',
  'card/simulator/{joint-cards,card-memory,agent-slots}.test.ts',
  'card/apps/nhi-profile.test.ts',
  'crypto/groupsig/{opening,commitments,coalition,sign-verify}.test.ts',
  'crypto/envelope/openssl.test.ts',
  'crypto/groupsig/ceremony/*.test.ts',
  'biometric/index/local-gallery.test.ts',
  'bureau/store/sqlite-store.test.ts',
  'bureau/domain/{epochs,break-glass}.test.ts',
  'nhi-client/outbox.test.ts',
];

/** Ceremonies of officers on machines of their own, whole and by the command line: a minute, in `npm run soak -- officers`. */
const soaked =
  process.env['IMIS_SOAK'] === 'officers' ? [] : ['main/app/officers/officer-ceremony.test.ts', 'cli/officer.test.ts'];

/**
 * Four suites: `unit` is quick and needs nothing outside the tree, contract and layers included; `journeys` plays visits in process;
 * `real` starts real parts (pcscd, processes); `desks` clicks through the screens. `npm run check` runs the first, `npm test` all.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          globalSetup: kernels,
          include: ['**/*.test.ts'],
          exclude: ['node_modules/**', 'out/**', 'test/e2e/**', ...journeys],
        },
      },
      // Some start a dozen processes of the command: a busy machine takes its time.
      {
        test: {
          ...shared,
          name: 'journeys',
          include: journeys,
          exclude: ['node_modules/**', 'out/**', ...soaked],
          testTimeout: 90_000,
          globalSetup,
        },
      },
      {
        test: {
          ...shared,
          name: 'real',
          globalSetup: kernels,
          include: ['test/e2e/*.real.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          ...shared,
          name: 'desks',
          globalSetup,
          include: ['test/e2e/*.desks.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
