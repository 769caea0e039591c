/**
 * What pcscd itself knows, asked over its socket in the protocol of pcsc-lite's own client library (winscard_msg.h, versions 4.2 to 4.5;
 * pcsc-lite keeps old clients working and does not publish it as an interface). For diagnosis only: it tells of every reader, where a PC/SC
 * client of ours watches four, and how many programs hold each card. Nothing is connected and nothing is changed.
 * @module
 */
import { connect } from 'node:net';

/** Where pcscd listens; the library honours the same variable. */
const SOCKET = '/run/pcscd/pcscd.comm';
const COMMAND = { version: 0x11, readerStates: 0x12 } as const;
const SPOKEN = { major: 4, minor: 4 } as const;
/** struct pubReaderStatesList: name 128, event counter, state, sharing, answer to reset 33 and its length, protocol. */
const ENTRY = { name: 128, sharing: 136, length: 184, count: 16 } as const;
const VERSION_LENGTH = 12;
const EXCLUSIVE = -1;

/** A reader as pcscd lists it. `sharing`: programs that hold its card, or that one of them holds it alone. */
export interface RegisteredReader {
  readonly name: string;
  readonly sharing: number | 'exclusive';
}

/** What became of asking. `silent`: something listens and does not answer in this protocol. */
export type PcscdRegister =
  | { readonly state: 'running'; readonly protocol: string; readonly readers: readonly RegisteredReader[] }
  | { readonly state: 'down' | 'forbidden' | 'silent' };

const words = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  // The header and its body are in the machine's own byte order, which is little-endian wherever Node runs with PC/SC.
  for (const [i, value] of values.entries()) bytes.writeUInt32LE(value, 4 * i);
  return bytes;
};
const askVersion = (major: number, minor: number): Buffer => words(VERSION_LENGTH, COMMAND.version, major, minor, 0);

function readEntries(bytes: Buffer): readonly RegisteredReader[] {
  return Array.from({ length: ENTRY.count }, (_, i) =>
    bytes.subarray(i * ENTRY.length, (i + 1) * ENTRY.length),
  ).flatMap((entry) => {
    const end = entry.indexOf(0);
    const name = entry.subarray(0, end < 0 || end > ENTRY.name ? ENTRY.name : end).toString('utf8');
    if (name === '') return [];
    const sharing = entry.readInt32LE(ENTRY.sharing);
    return [{ name, sharing: sharing === EXCLUSIVE ? 'exclusive' : sharing } as const];
  });
}

/** Asks pcscd. Resolves also where there is none; undefined on systems whose PC/SC is not pcsc-lite. */
export async function askPcscd(ms = 1_500): Promise<PcscdRegister | undefined> {
  if (process.platform !== 'linux') return undefined;
  const { promise, resolve } = Promise.withResolvers<PcscdRegister>();
  const socket = connect(process.env['PCSCLITE_CSOCK_NAME'] ?? SOCKET);
  let received = Buffer.alloc(0);
  let wanted: number = VERSION_LENGTH;
  let protocol: string | undefined;
  let asked = 1;
  const timer = setTimeout(() => resolve({ state: 'silent' }), ms);
  socket.on('connect', () => socket.write(askVersion(SPOKEN.major, SPOKEN.minor)));
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    if (received.length < wanted) return;
    if (protocol !== undefined) return resolve({ state: 'running', protocol, readers: readEntries(received) });
    const [major, minor, refused] = [
      received.readUInt32LE(0),
      received.readUInt32LE(4),
      received.readUInt32LE(8) !== 0,
    ];
    received = Buffer.alloc(0);
    // It says which version it speaks; asked once more in that one, it takes us.
    if (refused && asked++ < 2) return socket.write(askVersion(major, minor));
    if (refused) return resolve({ state: 'silent' });
    protocol = `${major}:${minor}`;
    wanted = ENTRY.count * ENTRY.length;
    return socket.write(words(0, COMMAND.readerStates));
  });
  socket.on('error', (cause) => {
    const code = 'code' in cause ? cause.code : undefined;
    resolve({ state: code === 'EACCES' || code === 'EPERM' ? 'forbidden' : 'down' });
  });
  socket.on('close', () => resolve({ state: 'silent' }));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
