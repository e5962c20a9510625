/** How a layer of a disk is opened: what goes to `-blockdev` and to `blockdev-add`. @module */
import type { BlockdevCacheOptions, BlockdevOptions, SocketAddress } from '../../../qmp/index.ts'
import type { DiskDriver, StorageSource } from '../../../xml/index.ts'
import type { DiskLayer } from './disk-layer.ts'
import { encryptionSecretId } from './secrets.ts'

/** How a layer is used. */
export interface LayerUse {
  readonly readOnly: boolean
  /** Of the disk: cache, aio, discard. */
  readonly driver: DiskDriver | undefined
  /** Only the top of a disk looks for zeroes in what the guest writes. */
  readonly isTop: boolean
  /** The node below; `null` where there is none. */
  readonly backing: string | null
}

/** The node of the file or the connection. */
export function storageNode(layer: DiskLayer, { driver }: LayerUse): BlockdevOptions {
  const { source, storageNode: name } = layer
  const common = {
    'node-name': name,
    ...cacheOf(driver),
    'auto-read-only': true,
    discard: 'unmap',
  } as const
  if (source.network !== undefined) {
    const { name: exportName } = source.network
    return {
      driver: 'nbd',
      server: serverOf(source),
      ...(exportName !== undefined && { export: exportName }),
      ...common,
    }
  }
  return {
    driver: source.type === 'block' ? 'host_device' : 'file',
    filename: source.path ?? '',
    ...(driver?.io !== undefined && { aio: driver.io }),
    ...common,
  }
}

/** The node of the format. */
export function formatNode(layer: DiskLayer, use: LayerUse): BlockdevOptions {
  const { source, formatNode: name, storageNode: file } = layer
  const { driver } = use
  const common = {
    'node-name': name,
    'read-only': use.readOnly,
    ...(driver?.discard !== undefined && { discard: driver.discard }),
    ...detectZeroes(use),
    ...cacheOf(driver),
  } as const
  const secret = encryptionSecretId(name)
  const isEncrypted = source.encryption !== undefined
  if (source.format !== 'qcow2') {
    return isEncrypted
      ? { ...common, driver: 'luks', 'key-secret': secret, file }
      : { ...common, driver: 'raw', file }
  }
  return {
    ...common,
    driver: 'qcow2',
    ...(isEncrypted && { encrypt: { format: 'luks', 'key-secret': secret } }),
    file,
    backing: use.backing,
  }
}

function detectZeroes({ driver, isTop }: LayerUse): Pick<BlockdevOptions, 'detect-zeroes'> {
  const wanted = driver?.detectZeroes
  if (wanted === undefined || !isTop) return {}
  // QEMU refuses to unmap where discards are ignored.
  return { 'detect-zeroes': wanted === 'unmap' && driver?.discard !== 'unmap' ? 'on' : wanted }
}

const caches: Readonly<Record<NonNullable<DiskDriver['cache']>, Required<BlockdevCacheOptions>>> = {
  none: { direct: true, 'no-flush': false },
  writethrough: { direct: false, 'no-flush': false },
  writeback: { direct: false, 'no-flush': false },
  directsync: { direct: true, 'no-flush': false },
  unsafe: { direct: false, 'no-flush': true },
}

function cacheOf(driver: DiskDriver | undefined): { readonly cache?: BlockdevCacheOptions } {
  return driver?.cache === undefined ? {} : { cache: caches[driver.cache] }
}

function serverOf({ network }: StorageSource): SocketAddress {
  const [host] = network?.hosts ?? []
  if (host?.transport === 'unix') return { type: 'unix', path: host.socket ?? '' }
  return { type: 'inet', host: host?.name ?? '', port: String(host?.port ?? 10809) }
}
