/**
 * A real bureau for tests: its folder made by the ceremony, HTTPS with mutual TLS on loopback, SQLite in a file, desks with folders and
 * clients of their own. Only the clock is ours.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PublicMaterial } from '../../contract/bureau-api.ts';
import type { DoctorClass } from '../../contract/doctor-classes.ts';
import type { StaffRole, TerminalRole } from '../../contract/formats.ts';
import type { Epoch } from '../../crypto/groupsig/context.ts';
import { decodeEpochHead } from '../../crypto/groupsig/epoch-head.ts';
import { generateP256 } from '../../crypto/pki/key-store.ts';
import { parseCertificate } from '../../crypto/pki/parse-certificate.ts';
import { addInstitution, createFirstClerk } from '../../main/app/administer-bureau.ts';
import { bureauFiles } from '../../main/app/bureau-files.ts';
import { createBureauFolder } from '../../main/app/bureau-folder.ts';
import { issueCivilCertificate, issueDoctorCertificate } from '../../main/app/demonstration-authorities.ts';
import { type Desk, loadDesk } from '../../main/app/desk-folder.ts';
import { enrolTerminal } from '../../main/app/enrol-terminal.ts';
import { type RunningBureau, runBureau } from '../../main/app/run-bureau.ts';
import { type BureauClient, createBureauClient } from '../../nhi-client/bureau-client.ts';
import type { BureauPolicy } from '../domain/bureau.ts';
import { openSqliteStore } from '../store/open-sqlite.ts';
import type { Store } from '../store/store.ts';
import { createMovingClock, type MovingClock, yesterdayNoon } from './moving-clock.ts';
import { createSoftGroup, type SoftGroup } from './soft-group.ts';
import {
  type Certified,
  createDoctorKeys,
  createSoftCitizen,
  type SoftCitizen,
  type SoftDoctor,
  type SoftPatient,
  startJoin,
} from './soft-people.ts';

export const HOSPITAL = '0401180014';
export const OTHER_HOSPITAL = '0602030026';
export const PHARMACY = '5901200001';
export const OTHER_PHARMACY = '5901200002';
const BUREAU = '9900000001';

export const signal = new AbortController().signal;

/** A desk that talks to the bureau. */
export interface Post {
  readonly desk: Desk;
  readonly client: BureauClient;
}

export interface World {
  readonly dir: string;
  readonly clock: MovingClock;
  readonly url: string;
  /** A second way into the bureau's database, as another process would have it. */
  readonly store: Store;
  readonly material: PublicMaterial;
  /** The epoch in force when the world began. */
  readonly epoch: Epoch;
  readonly group: SoftGroup;
  /** Certificate that requests are sealed to, DER, and its key. */
  readonly encryption: { readonly certificate: Uint8Array; readonly spki: Uint8Array };
  readonly posts: {
    readonly bureau: Post;
    readonly registration: Post;
    readonly clinic: Post;
    readonly otherClinic: Post;
    readonly pharmacy: Post;
    readonly secondPharmacyDesk: Post;
    readonly otherPharmacy: Post;
  };
  readonly clerk: Certified;
  /** Ends the server and starts another on the same folder and port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  /** What the bureau's timer does every minute. */
  tend(): Promise<void>;
  close(): Promise<void>;
}

/** What is made anew for a desk: its folder is `name`. `shareKeyOf`: the desk whose institution's key it has too. */
interface NewPost {
  readonly name: string;
  readonly institution: string;
  readonly role: TerminalRole;
  readonly shareKeyOf?: string;
}

/** Enrols a terminal, while the bureau runs, and connects it. */
async function makePost(dir: string, url: string, clock: MovingClock, it: NewPost): Promise<Post> {
  const out = join(dir, it.name);
  const { shareKeyOf, ...terminal } = it;
  await enrolTerminal(
    join(dir, 'bureau'),
    { ...terminal, out, ...(shareKeyOf === undefined ? {} : { shareKeyOf: join(dir, shareKeyOf) }) },
    clock,
  );
  const desk = await loadDesk(out);
  return { desk, client: createBureauClient({ url, tls: desk.tls }) };
}

/** A further desk; whoever makes it closes its client. */
export const addPost = (world: World, it: NewPost): Promise<Post> => makePost(world.dir, world.url, world.clock, it);

async function makeDesks(dir: string, url: string, clock: MovingClock): Promise<World['posts']> {
  const post = (name: string, institution: string, role: TerminalRole, shareKeyOf?: string): Promise<Post> =>
    makePost(dir, url, clock, { name, institution, role, ...(shareKeyOf === undefined ? {} : { shareKeyOf }) });
  return {
    bureau: await post('bureau-desk', BUREAU, 'bureau'),
    registration: await post('registration', HOSPITAL, 'registration'),
    clinic: await post('clinic', HOSPITAL, 'clinic'),
    otherClinic: await post('other-clinic', OTHER_HOSPITAL, 'clinic'),
    pharmacy: await post('pharmacy', PHARMACY, 'pharmacy'),
    secondPharmacyDesk: await post('pharmacy-2', PHARMACY, 'pharmacy', 'pharmacy'),
    otherPharmacy: await post('other-pharmacy', OTHER_PHARMACY, 'pharmacy'),
  };
}

/** Starts everything; nobody is enrolled but the clerk. Epochs are long unless a test is about them. */
export async function createWorld({
  epochDays = 30,
  policy = {},
}: {
  readonly epochDays?: number;
  readonly policy?: Partial<BureauPolicy>;
} = {}): Promise<World> {
  const dir = await mkdtemp(join(tmpdir(), 'imis-bureau-'));
  const folder = join(dir, 'bureau');
  const clock = createMovingClock(yesterdayNoon());
  await createBureauFolder(folder, { clock, epochDays });
  await addInstitution(folder, { code: HOSPITAL, name: '教學醫院', kind: 'hospital' });
  await addInstitution(folder, { code: OTHER_HOSPITAL, name: '鄉鎮醫院', kind: 'hospital' });
  await addInstitution(folder, { code: PHARMACY, name: '安心藥局', kind: 'pharmacy' });
  await addInstitution(folder, { code: OTHER_PHARMACY, name: '平安藥局', kind: 'pharmacy' });
  const serve = (port: number): Promise<RunningBureau> =>
    runBureau(folder, { host: '127.0.0.1', port }, clock, () => undefined, { policy });
  let server: RunningBureau | undefined = await serve(0);
  const { url } = server;
  // The desks are enrolled while the bureau runs.
  const posts = await makeDesks(dir, url, clock);
  const key = await generateP256();
  const clerkKeys = { spki: key.spki, authenticationSpki: (await generateP256()).spki };
  const { certificate: clerkCertificate } = await createFirstClerk(folder, { name: '陳承辦', ...clerkKeys }, clock);
  const clerk = { ...key, certificate: clerkCertificate };
  const material = await posts.bureau.client.material({}, signal);
  const certificate = new Uint8Array(Buffer.from(material.encryptionCertificate, 'base64'));
  const store = await openSqliteStore(bureauFiles(folder).database);
  const stop = async (): Promise<void> => {
    await server?.close();
    server = undefined;
  };
  return {
    dir,
    clock,
    url,
    store,
    material,
    epoch: decodeEpochHead(new Uint8Array(Buffer.from(material.epochs[0] ?? '', 'base64'))).epoch,
    group: await createSoftGroup(material),
    encryption: { certificate, spki: parseCertificate(certificate).spki },
    posts,
    clerk,
    stop,
    tend: async () => server?.tend(),
    restart: async () => {
      await stop();
      server = await serve(Number(new URL(url).port));
    },
    close: async () => {
      for (const { client } of Object.values(posts)) await client.close();
      await stop();
      await store.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The bureau's folder of a world. */
export const folderOf = (world: World): string => join(world.dir, 'bureau');

/** A citizen with Cert_P of the stand-in authority. */
export const makeCitizen = (world: World, nationalId: string, name: string): Promise<SoftCitizen> =>
  createSoftCitizen(nationalId, name, (citizen) => issueCivilCertificate(folderOf(world), citizen, world.clock));

/** A staff card made by the clerk who is signed on with `operator`. */
export async function makeStaff(
  world: World,
  operator: string,
  institution: string,
  role: StaffRole,
): Promise<Certified> {
  const key = await generateP256();
  const body = {
    key: Buffer.from(key.spki).toString('base64'),
    authenticationKey: Buffer.from((await generateP256()).spki).toString('base64'),
    institution,
    role,
    name: `${role} ${institution}`,
  };
  const { certificate } = await world.posts.bureau.client.staffCard({ operator, body }, signal);
  return { ...key, certificate: new Uint8Array(Buffer.from(certificate, 'base64')) };
}

/** A doctor who has joined. */
export async function makeDoctor(world: World, operator: string, doctorId?: string): Promise<SoftDoctor> {
  const join = await beginJoin(world, operator, undefined, doctorId);
  const { credential } = await world.posts.bureau.client.join({ operator, body: join.body }, signal);
  return join.finish(credential);
}

/** A doctor with a new card, which the bureau has registered, about to join. */
export async function beginJoin(world: World, operator: string, classes?: readonly DoctorClass[], doctorId?: string) {
  const keys = await createDoctorKeys(
    (spki, id) => issueDoctorCertificate(folderOf(world), { name: '林醫師', doctorId: id, spki }, world.clock),
    doctorId,
  );
  const { nonce } = await world.posts.bureau.client.joinChallenge({ operator, body: keys.body }, signal);
  return { ...startJoin(world.group, nonce, keys, classes), keys };
}

/** A patient out of a citizen and the bureau's answer. */
export function patientOf(
  citizen: SoftCitizen,
  answer: { readonly pid: string; readonly signing: string; readonly decryption: string },
): SoftPatient {
  const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
  return {
    pid: answer.pid,
    signing: { ...citizen.signing, certificate: bytes(answer.signing) },
    decryption: { ...citizen.decryption, certificate: bytes(answer.decryption) },
  };
}
