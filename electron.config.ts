/**
 * Bundles the Electron shell: main process (ESM), preload (CommonJS, sandboxed), screens. `electron-vite build -c electron.config.ts`.
 * @module
 */
import { join } from 'node:path';
import { defineConfig } from 'electron-vite';
import screens from './renderer/vite.config.ts';

const root = import.meta.dirname;

export default defineConfig({
  main: {
    build: {
      outDir: join(root, 'out/main'),
      rolldownOptions: {
        input: {
          main: join(root, 'main/app/electron-main.ts'),
          'card-process': join(root, 'main/app/card-process.ts'),
          'issuer-worker': join(root, 'main/app/issuer-worker.ts'),
          'demonstration-finger-worker': join(root, 'main/app/demonstration-finger-worker.ts'),
          'verify-worker': join(root, 'crypto/groupsig/node/verify-worker.ts'),
        },
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
