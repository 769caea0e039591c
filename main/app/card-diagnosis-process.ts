/**
 * Entry of the process that looks at readers for `imis card diagnose`: a call that never comes back out of a driver cannot be ended from
 * within, and a fault of the native module ends this process and not the command. Its one argument, where given, is a reader.
 * @module
 */
import { diagnoseCards } from './card-diagnosis.ts';

// Nobody is left to hear it.
process.on('disconnect', () => process.exit());
process.send?.(await diagnoseCards(process.argv[2]));
