/** The monitor's attach socket (SOCK_SEQPACKET, which Node itself cannot open) as an AttachStream. The only user of node-unix-socket. */
import { closeSync, constants, openSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { SeqpacketSocket } from 'node-unix-socket';
import { EngineError } from '../errors.ts';
import type { AttachStream } from '../types/containers.ts';
import { noteClient } from './attach-clients.ts';
import { AttachOutput, READ_BUFFER_BYTES, soon } from './attach-output.ts';
import { socketDescriptors } from './socket-tail.ts';
import { createSizes } from './terminal-size.ts';

/** conmon cuts what is longer: one packet of output is a stream byte and at most 8192 bytes; input goes in the same size. */
const PACKET_BYTES = 8192;

/** Connects to BUNDLE/attach. Rejects with FAILED_PRECONDITION when nobody listens. */
export function connectAttach(bundle: string): Promise<AttachStream> {
  const before = new Set(socketDescriptors());
  const socket = new SeqpacketSocket();
  const descriptor = socketDescriptors().find((fd) => !before.has(fd));
  socket.removeAllListeners('end'); // it would close by itself; 'end' also tells that a pause began, see `AttachOutput`
  socket.removeAllListeners('_error'); // this closes too, whatever is still to be read
  socket.on('_error', (cause: unknown) => soon(() => socket.emit('error', cause)));
  socket.setInternalReadBufferSize(READ_BUFFER_BYTES);
  const output = new AttachOutput(socket, bundle);
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) => {
      socket.destroy();
      reject(
        new EngineError('FAILED_PRECONDITION', "cannot attach: the container's monitor does not answer", {
          cause,
        }),
      );
    };
    socket.once('error', fail);
    try {
      connectAnyLength(socket, `${bundle}/attach`, () => {
        socket.removeListener('error', fail);
        output.begin(noteClient(bundle));
        socket.on('error', () => output.finishWith(descriptor)); // the monitor is gone: nothing more can come
        soon(() => resolve(attachStream(socket, output, bundle)));
      });
    } catch (cause) {
      fail(cause);
    }
  });
}

/** A socket's path holds 107 bytes (unix(7)); through /proc/self/fd any directory is short. */
function connectAnyLength(socket: SeqpacketSocket, path: string, done: () => void): void {
  const directory = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    socket.connect(`/proc/self/fd/${directory}/${basename(path)}`, done);
  } finally {
    closeSync(directory);
  }
}

function attachStream(socket: SeqpacketSocket, output: AttachOutput, bundle: string): AttachStream {
  let isInputOpen = true;
  const sizes = createSizes(bundle);
  return {
    output,
    write: (data) =>
      isInputOpen && !output.isFinished ? writePackets(socket, output, data) : Promise.resolve(),
    closeInput: () => {
      if (!isInputOpen || output.isFinished) return;
      isInputOpen = false;
      socket.end();
    },
    resize: async (rows, cols) => sizes.set(rows, cols),
    close: () => {
      sizes.close();
      output.discard();
    },
  };
}

async function writePackets(socket: SeqpacketSocket, output: AttachOutput, data: Uint8Array): Promise<void> {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  for (let at = 0; at < bytes.length && !output.isFinished; at += PACKET_BYTES) {
    const size = Math.min(PACKET_BYTES, bytes.length - at);
    await new Promise<void>((resolve) => {
      output.onFinish(resolve); // a write to a process that has ended never completes
      socket.write(bytes, at, size, () => soon(resolve));
    });
  }
}
