/** The end of a socket's input after an error, which an event loop reports before what arrived earlier. */
import { readdirSync, readlinkSync, readSync } from 'node:fs';
import { codeOf } from '../errors.ts';

/** Larger than any packet of conmon. */
const PACKET_BYTES = 16 * 1024;

/** This process's descriptors that are sockets (proc(5)). */
export function socketDescriptors(): number[] {
  return readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`).startsWith('socket:') ? [Number(name)] : [];
    } catch {
      return []; // the descriptor of this very listing
    }
  });
}

/**
 * The packets left in a non-blocking SOCK_SEQPACKET socket. Its peer closed with input unread: the kernel says ECONNRESET once, before
 * what the peer had written (unix_dgram_recvmsg), and an event loop says EBADF for ever, without a read.
 */
export function readTail(descriptor: number): Buffer[] {
  const packets: Buffer[] = [];
  let isReset = false;
  for (;;) {
    const packet = Buffer.allocUnsafe(PACKET_BYTES);
    try {
      const size = readSync(descriptor, packet);
      if (size === 0) return packets;
      packets.push(packet.subarray(0, size));
    } catch (error) {
      if (codeOf(error) !== 'ECONNRESET' || isReset) return packets;
      isReset = true;
    }
  }
}
