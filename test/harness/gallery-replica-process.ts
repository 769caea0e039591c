/**
 * A replica of a gallery's partition as a process of its own: `node gallery-replica-process.ts FOLDER NATS-URL PARTITION REPLICA`. Says `ready`.
 * @module
 */
import { connect } from '@nats-io/transport-node';
import { openLocalGallery } from '../../biometric/index/local-gallery.ts';
import { servePartition } from '../../biometric/index/serve-partition.ts';

const [folder = '', servers = '', partition = '', replica = ''] = process.argv.slice(2);
const gallery = await openLocalGallery({ folder, key: new Uint8Array(32).fill(4), threads: 1 });
const connection = await connect({ servers });
servePartition(connection, gallery, { partition, replica }, (cause) => console.error(cause));
await connection.flush();
console.log('ready');
