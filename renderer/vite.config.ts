/**
 * Bundles the screens to out/renderer. Nothing is inlined, because the policy allows neither inline code nor data: fonts.
 * @module
 */
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const root = import.meta.dirname;

export default defineConfig({
  root,
  base: './',
  plugins: [react()],
  build: {
    outDir: join(root, '../out/renderer'),
    emptyOutDir: true,
    minify: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
    rolldownOptions: { input: join(root, 'index.html') },
  },
});
