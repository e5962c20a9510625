import type { ChildProcess } from 'node:child_process'
import type { QmpReceiver, QmpTransport } from '../../../qmp/index.ts'

/** QMP over the standard input and output of a process; the process ends with the transport. */
export function childTransport(child: ChildProcess): QmpTransport {
  return {
    start(receiver: QmpReceiver): void {
      child.stdout?.on('data', (chunk: Uint8Array) => receiver.data(chunk))
      child.stdin?.on('error', () => undefined)
      child.once('error', (error) => receiver.closed(error))
      child.once('close', () => receiver.closed())
    },
    send(bytes: Uint8Array): void {
      if (child.stdin?.writable === true) child.stdin.write(bytes)
    },
    close(): void {
      child.kill('SIGKILL')
    },
  }
}
