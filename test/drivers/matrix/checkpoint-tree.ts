/** Group H: redefining, listing and deleting checkpoints. @module */
import {
  DomainCheckpointCreateFlags,
  DomainCheckpointDeleteFlags,
  DomainCheckpointListFlags,
  unwrap,
} from '../../../src/index.ts'
import type { Bench } from './bench.ts'
import {
  checkpointXml,
  namesOf,
  type Outcome,
  recordedDisk,
  redefineXml,
  type Scenario,
  type Scenarios,
  type Start,
} from './scenario.ts'

const { REDEFINE, REDEFINE_VALIDATE } = DomainCheckpointCreateFlags
const { ROOTS, DESCENDANTS, LEAVES, NO_LEAVES } = DomainCheckpointListFlags

/** Checkpoints r0 <- r1 <- r2, of which r2 is current. */
async function chain(start: Start): Promise<Bench> {
  const bench = await start()
  await bench.checkpoints('r0', 'r1', 'r2')
  return bench
}

/** The tree r0 <- { n2, n6, n7, r1 <- r2 }, linked in the recorded order. */
async function tree(start: Start): Promise<Bench> {
  const bench = await chain(start)
  for (const name of ['n2', 'r1', 'n6', 'n7']) unwrap(await bench.redefine(name, 'r0'))
  return bench
}

/** Redefines a checkpoint, and describes it. */
function redefined(name: string, disk: string): Scenario {
  return async (start) => {
    const bench = await chain(start)
    unwrap(await bench.redefine(name, 'r0', `<disks>${disk}</disks>`))
    return bench.describe(name)
  }
}

/** The parent that the next checkpoint gets. */
async function parentOfNext(bench: Bench): Promise<Outcome> {
  await bench.checkpoints('next')
  return (await (await bench.find('next')).getParent()).map((parent) => parent.getName())
}

const list =
  (flags: number): Scenario =>
  async (start) =>
    (await tree(start)).list(flags)

const children =
  (flags: number): Scenario =>
  async (start) =>
    (await (await (await tree(start)).find('r0')).listAllChildren(flags)).map(namesOf)

const redefining: Scenarios = {
  214: async (start) =>
    (await chain(start)).checkpoint(
      '<domaincheckpoint><creationTime>1700000000</creationTime></domaincheckpoint>',
      REDEFINE,
    ),
  215: async (start) => (await chain(start)).checkpoint(checkpointXml('n1'), REDEFINE),
  217: async (start) => (await chain(start)).redefine('n1', 'n1'),
  218: async (start) => (await chain(start)).redefine('r0', 'r2'),
  220: async (start) => {
    const bench = await chain(start)
    const uuid = '11111111-2222-3333-4444-555555555555'
    const devices = recordedDisk('vda')
    return bench.redefine('n1', 'r2', bench.rig.domainXml({ name: 'r2-main', uuid, devices }))
  },
  221: async (start) => {
    const bench = await chain(start)
    const xml = unwrap(await (await bench.find('r1')).getXMLDesc())
    return bench.checkpoint(xml, REDEFINE)
  },
  223: async (start) => {
    const bench = await chain(start)
    unwrap(await bench.redefine('n1', 'r2'))
    return parentOfNext(bench)
  },
  224: async (start) => {
    const bench = await chain(start)
    unwrap(await bench.redefine('n1', 'r2'))
    unwrap(await bench.redefine('n2', 'r0'))
    return parentOfNext(bench)
  },
  226: async (start) => {
    const disks = `<disks><disk name='vda'/><disk name='vdb'/></disks>`
    return (await chain(start)).redefine('r1', 'r0', disks, REDEFINE_VALIDATE)
  },
  227: redefined('n4', `<disk name='vdz' checkpoint='bitmap' bitmap='foo'/>`),
  229: redefined('n6', `<disk name='vda' checkpoint='bitmap'/>`),
  230: redefined('n7', `<disk name='vda' checkpoint='bitmap' bitmap='other'/>`),
}

const listing: Scenarios = {
  235: list(0),
  236: list(ROOTS),
  238: list(LEAVES),
  239: list(NO_LEAVES),
  241: list(ROOTS | LEAVES),
  242: list(ROOTS | NO_LEAVES),
  244: list(0x10),
  245: list(0x20),
  247: children(0),
  248: children(DESCENDANTS),
  250: children(LEAVES),
  251: children(DESCENDANTS | LEAVES),
}

const deleting: Scenarios = {
  232: async (start) => {
    const bench = await chain(start)
    unwrap(await bench.redefine('n5', 'r0'))
    return bench.drop('n5')
  },
  233: async (start) => {
    const bench = await chain(start)
    unwrap(await bench.redefine('n4', 'r0', `<disks><disk name='vdz' bitmap='foo'/></disks>`))
    return bench.drop('n4')
  },
  253: async (start) => (await tree(start)).drop('r1'),
  254: async (start) => {
    const bench = await tree(start)
    unwrap(await bench.drop('r1'))
    return (await (await bench.find('r2')).getParent()).map((parent) => parent.getName())
  },
}

export const checkpointTree: Scenarios = { ...redefining, ...listing, ...deleting }

/** The names that are left after a deletion that fails in the middle of descendants. */
async function afterFailedDeletion(bench: Bench, root: string): Promise<Outcome> {
  const result = await bench.drop(root, DomainCheckpointDeleteFlags.CHILDREN)
  if (result.isOk()) throw new Error('the deletion was to fail')
  return bench.names()
}

/** libvirt leaves what it had not deleted when the first bitmap was missing. */
export const checkpointTreeDifferences: Scenarios = {
  256: async (start) => {
    const bench = await tree(start)
    unwrap(await bench.redefine('n6', 'r0', `<disks><disk name='vda'/></disks>`))
    return afterFailedDeletion(bench, 'r0')
  },
  331: async (start) => {
    const bench = await chain(start)
    // r1 comes back as a definition after its bitmaps were deleted with it.
    const xml = redefineXml('r1', 'r0', `<disks><disk name='vda'/></disks>`)
    unwrap(await bench.drop('r1'))
    unwrap(await bench.checkpoint(xml, REDEFINE))
    const r2 = redefineXml('r2', 'r1', `<disks><disk name='vda'/></disks>`)
    unwrap(await bench.checkpoint(r2, REDEFINE))
    return afterFailedDeletion(bench, 'r0')
  },
}
