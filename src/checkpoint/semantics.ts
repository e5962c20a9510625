/**
 * The rules about checkpoints in which libvirt's QEMU driver and its test driver differ, as data.
 *
 * @see libvirt 9.0.0, `src/qemu/qemu_checkpoint.c` and `src/test/test_driver.c`
 * @module
 */
import { DomainCheckpointCreateFlags } from '../constants/index.ts'
import { ErrorDomain } from '../errors/index.ts'

/** The C functions of a driver, as their messages name them. */
export interface CheckpointFunctionNames {
  readonly create: string
  readonly getXMLDesc: string
  readonly listAll: string
  readonly listAllChildren: string
  readonly lookup: string
  readonly getParent: string
  readonly delete: string
}

/** A call about checkpoints. */
export type CheckpointCall = keyof CheckpointFunctionNames

/** One row of the table. */
export interface CheckpointSemantics {
  /** Of the errors that the driver raises itself. */
  readonly errorDomain: ErrorDomain
  readonly functions: CheckpointFunctionNames
  /** The calls that look for the domain before they look at their flags. */
  readonly findsDomainFirst: readonly CheckpointCall[]
  /** What creation takes; `QUIESCE` does nothing where it is taken. */
  readonly createFlags: number
  /** Whether a domain with snapshots can have no checkpoints. */
  readonly excludesSnapshots: boolean
  /** Whether checkpoints of an inactive domain can be redefined. */
  readonly redefinesInactive: boolean
  /** Whether checkpoints of an inactive domain can be deleted, with their bitmaps. */
  readonly deletesInactive: boolean
  /** Whether only qcow2 images can take part, and no disk that block jobs cannot work on. */
  readonly checksDisks: boolean
  /** Whether a bitmap must be called like its checkpoint. Where not, the attribute says something else than the image. */
  readonly namesMustMatch: boolean
  /** Whether only a bitmap that is stored in its image can be relied on. */
  readonly bitmapsMustPersist: boolean
  /** Whether deletion needs the bitmap of each disk that is still there. */
  readonly deletionNeedsBitmaps: boolean
  /** Whether a description can tell how much has changed. */
  readonly reportsSizes: boolean
  /** Characters of the longest name whose metadata can be stored. */
  readonly maxNameLength: number
}

/** The name of a row. */
export type CheckpointSemanticsName = 'qemu' | 'test'

/** The two rows. */
export const checkpointSemantics: Readonly<Record<CheckpointSemanticsName, CheckpointSemantics>> = {
  qemu: {
    errorDomain: ErrorDomain.QEMU,
    functions: {
      create: 'qemuCheckpointCreateXML',
      getXMLDesc: 'qemuCheckpointGetXMLDesc',
      listAll: 'qemuDomainListAllCheckpoints',
      listAllChildren: 'qemuDomainCheckpointListAllChildren',
      lookup: 'qemuDomainCheckpointLookupByName',
      getParent: 'qemuDomainCheckpointGetParent',
      delete: 'qemuCheckpointDelete',
    },
    findsDomainFirst: ['create', 'getXMLDesc', 'delete'],
    createFlags:
      DomainCheckpointCreateFlags.REDEFINE | DomainCheckpointCreateFlags.REDEFINE_VALIDATE,
    excludesSnapshots: false,
    redefinesInactive: true,
    deletesInactive: false,
    checksDisks: true,
    namesMustMatch: true,
    bitmapsMustPersist: true,
    deletionNeedsBitmaps: true,
    reportsSizes: true,
    // A file name has 255 bytes, of which libvirt needs `.xml` and `.new`.
    maxNameLength: 247,
  },
  test: {
    errorDomain: ErrorDomain.TEST,
    functions: {
      create: 'testDomainCheckpointCreateXML',
      getXMLDesc: 'testDomainCheckpointGetXMLDesc',
      listAll: 'testDomainListAllCheckpoints',
      listAllChildren: 'testDomainCheckpointListAllChildren',
      lookup: 'testDomainCheckpointLookupByName',
      getParent: 'testDomainCheckpointGetParent',
      delete: 'testDomainCheckpointDelete',
    },
    findsDomainFirst: [],
    createFlags: DomainCheckpointCreateFlags.REDEFINE | DomainCheckpointCreateFlags.QUIESCE,
    excludesSnapshots: true,
    redefinesInactive: false,
    deletesInactive: true,
    checksDisks: false,
    namesMustMatch: false,
    bitmapsMustPersist: false,
    deletionNeedsBitmaps: false,
    reportsSizes: false,
    maxNameLength: Infinity,
  },
}
