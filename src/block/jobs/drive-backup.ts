/**
 * `drive-backup`: a backup that brings its own target, as in the series that introduced it.
 *
 * @see QEMU 7.2, blockdev.c (drive_backup_prepare)
 * @module
 */
import { ok } from 'neverthrow'
import type { PreparedChange } from '../bitmap-commands.ts'
import type { BlockError, BlockResult } from '../block-error.ts'
import { blockError, ioError, refuse } from '../block-error.ts'
import { FormatNode } from '../format-node.ts'
import { isImageFormat } from '../image-format.ts'
import type { BlockNode } from '../node.ts'
import type { NodeRegistry } from '../node-registry.ts'
import type { DriveBackupArguments } from './backup-arguments.ts'
import { checkWords } from './backup-arguments.ts'
import type { JobGroup } from './job-group.ts'
import type { BackupSurroundings } from './start-backup.ts'
import { prepareBackup } from './start-backup.ts'

/** `drive-backup`, up to the point where the job may start. A target that it created stays when that fails. */
export function prepareDriveBackup(
  surroundings: BackupSurroundings,
  given: DriveBackupArguments,
  group: JobGroup | undefined,
): BlockResult<PreparedChange> {
  const { nodes } = surroundings
  return checkWords(given)
    .andThen(() => nodes.lookup(given.device))
    .andThen((source) => {
      if (source.blocker !== undefined) {
        return refuse(`Node '${nodes.nameOf(source)}' is busy: ${source.blocker}`)
      }
      const below = source instanceof FormatNode ? source.backingNode : undefined
      const options: DriveBackupArguments =
        given.sync === 'top' && below === undefined ? { ...given, sync: 'full' } : given
      return openTarget(nodes, options, source, below).andThen((target) => {
        const close = (): void => {
          nodes.removeNode(target.name)
        }
        const prepared = prepareBackup(surroundings, {
          options,
          source,
          target,
          group,
          afterRelease: close,
        })
        if (prepared.isErr()) close()
        return prepared
      })
    })
}

function openTarget(
  nodes: NodeRegistry,
  options: DriveBackupArguments,
  source: BlockNode,
  below: BlockNode | undefined,
): BlockResult<FormatNode> {
  const isExisting = options.mode === 'existing'
  const format = options.format ?? (isExisting ? undefined : formatOf(source))
  const created = isExisting
    ? ok(undefined)
    : createTarget(nodes, options, source, backingFor(options, source, below))
  return created.andThen(() =>
    nodes.addNode({
      path: options.target,
      discard: 'unmap',
      detectZeroes: true,
      ...(format !== undefined && { format }),
      // The target of sync=none shows the source wherever nothing has been saved.
      ...(options.sync === 'none' && { backing: source.name }),
    }),
  )
}

function createTarget(
  { store }: NodeRegistry,
  options: DriveBackupArguments,
  source: BlockNode,
  backing: BlockNode | undefined,
): BlockResult<void> {
  const format = options.format ?? formatOf(source) ?? 'raw'
  if (!isImageFormat(format)) return refuse(`Unknown file format '${format}'`)
  const image = backing instanceof FormatNode ? backing.image : undefined
  const formatting = {
    format,
    virtualSize: source.size,
    ...(image !== undefined && { backing: { path: image.path, format: image.format } }),
  }
  const made = store.has(options.target)
    ? store.format(options.target, formatting)
    : store.create(options.target, formatting).mapErr((error) => creationError(options, error))
  return made.map(() => undefined)
}

function creationError({ target, format }: DriveBackupArguments, error: BlockError): BlockError {
  if (error.errno !== undefined) {
    return ioError(error.errno, `Could not create '${target}': ${error.message}`)
  }
  // QEMU rounds the size of a vpc image up to its geometry here, and finds it wrong afterwards.
  return format === 'vpc' ? blockError('Source and target image have different sizes') : error
}

function backingFor(
  options: DriveBackupArguments,
  source: BlockNode,
  below: BlockNode | undefined,
): BlockNode | undefined {
  if (options.sync === 'top') return below
  return options.sync === 'none' ? source : undefined
}

function formatOf(node: BlockNode): string | undefined {
  return node instanceof FormatNode ? node.image.format : undefined
}
