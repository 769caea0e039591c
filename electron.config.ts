/**
 * Bundles the Electron shell: main process (ESM), preload (CommonJS, sandboxed), screens. `electron-vite build -c electron.config.ts`.
 * @module
 */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { defineConfig } from 'electron-vite';
import screens from './renderer/vite.config.ts';

const root = import.meta.dirname;

/** Name in out/main -> source below the root: the application, and every thread and process that one of its modules starts as its neighbour. */
export const MAIN_ENTRIES = {
  main: 'main/app/electron-main.ts',
  'card-process': 'main/app/card-process.ts',
  'issuer-worker': 'main/app/issuer-worker.ts',
  'demonstration-finger-worker': 'main/app/demonstration-finger-worker.ts',
  'search-worker': 'biometric/index/search-worker.ts',
  'verify-worker': 'crypto/groupsig/node/verify-worker.ts',
} as const;

/** Files below the root that are no modules and lie in out/main as they are. */
export const BESIDE_MAIN: readonly string[] = ['biometric/device/libfprint-helper.py'];

export default defineConfig({
  main: {
    build: {
      outDir: join(root, 'out/main'),
      rolldownOptions: {
        input: Object.fromEntries(Object.entries(MAIN_ENTRIES).map(([name, source]) => [name, join(root, source)])),
        plugins: [
          {
            name: 'files-beside-main',
            buildStart() {
              for (const file of BESIDE_MAIN)
                this.emitFile({ type: 'asset', fileName: basename(file), source: readFileSync(join(root, file)) });
            },
          },
        ],
        // All in one folder: the station starts the card process as its neighbour.
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name].js' },
      },
    },
  },
  preload: {
    build: {
      // A sandboxed preload cannot require anything but Electron: one file, nothing external.
      externalizeDeps: false,
      outDir: join(root, 'out/preload'),
      rolldownOptions: {
        input: { preload: join(root, 'main/electron/preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    ...screens,
    // This file is bundled before it runs, which moves the folder that the screens' own configuration starts from.
    root: join(root, 'renderer'),
    build: {
      ...screens.build,
      outDir: join(root, 'out/renderer'),
      rolldownOptions: { input: join(root, 'renderer/index.html') },
    },
  },
});
