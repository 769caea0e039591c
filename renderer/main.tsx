/**
 * Entry of the screens.
 * @module
 */
/// <reference types="vite/client" />
import '@fontsource-variable/noto-sans-tc';
import './styles/tokens.css';
import './styles/base.css';
import './styles/frame.css';
import './styles/controls.css';
import './styles/registration.css';
import './styles/clinic.css';
import './styles/pharmacy.css';
import './styles/card-office.css';
import './styles/emergency.css';
import './styles/paper.css';
import './styles/print.css';
import { createRoot } from 'react-dom/client';
import { z } from 'zod';
import { App } from './app.tsx';
import { connect } from './client/connection.ts';
import { startLanguages } from './i18n/languages.ts';

// The policy forbids code made from strings, which zod would otherwise try.
z.config({ jitless: true });

const root = document.getElementById('root');
if (root === null) throw new Error('main: the page has no #root');
await startLanguages(document.documentElement);
createRoot(root).render(<App connection={connect(window)} />);
