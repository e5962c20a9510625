/** Opening and closing the nodes of a disk in a QEMU that runs. @module */
import { errAsync, ok, okAsync, safeTry } from 'neverthrow'
import type { VirError, VirResultAsync } from '../../errors/index.ts'
import { blockdevAdd, blockdevDel, objectAdd, objectDel } from '../../qmp/index.ts'
import { blockdevs } from './command-line/build-command.ts'
import { copyOnReadNode } from './command-line/disk-device.ts'
import type { QemuHost } from './host-state.ts'
import { diskSecrets } from './launch.ts'
import { monitored } from './qmp-error.ts'
import type { RunningQemu } from './running-qemu.ts'
import type { QemuDisk } from './storage/disk-layer.ts'
import { encryptionSecretId } from './storage/secrets.ts'

/** Opens all images of a disk, with their secrets; after an error none stays open. */
export function openNodes(
  host: QemuHost,
  running: RunningQemu,
  disk: QemuDisk,
): VirResultAsync<void> {
  const { monitor, masterKey } = running
  return safeTry<void, VirError>(async function* () {
    for (const secret of yield* diskSecrets(host, [disk], masterKey)) {
      yield* monitored(monitor.execute(objectAdd, secret))
    }
    for (const node of blockdevs(disk)) yield* monitored(monitor.execute(blockdevAdd, node))
    return ok(undefined)
  }).orElse((error) => closeNodes(running, disk).andThen(() => errAsync(error)))
}

/** Closes all images of a disk, from the top down. What is not there any more is no error. */
export function closeNodes(running: RunningQemu, disk: QemuDisk): VirResultAsync<void> {
  const { monitor } = running
  const filter = disk.def.driver?.copyOnRead === true ? [copyOnReadNode(disk.def)] : []
  const nodes = disk.layers.flatMap(({ formatNode, storageNode }) => [formatNode, storageNode])
  const secrets = disk.layers.flatMap(({ source, formatNode }) =>
    source.encryption === undefined ? [] : [encryptionSecretId(formatNode)],
  )
  const close = async (): Promise<void> => {
    for (const node of [...filter, ...nodes]) {
      // oxlint-disable-next-line no-await-in-loop -- a node is free once the one above is gone
      await monitor.execute(blockdevDel, { 'node-name': node })
    }
    // oxlint-disable-next-line no-await-in-loop -- as above
    for (const id of secrets) await monitor.execute(objectDel, { id })
  }
  return okAsync<void, VirError>(undefined).map(close)
}
