/** Group G: what a checkpoint document may say. And L: how long a name may be. @module */
import { DomainCheckpointDeleteFlags, unwrap } from '../../../src/index.ts'
import type { Bench } from './bench.ts'
import {
  checkpointXml,
  type Outcome,
  type Pending,
  type Scenario,
  type Scenarios,
  type Start,
  zero,
} from './scenario.ts'

const { CHILDREN, CHILDREN_ONLY } = DomainCheckpointDeleteFlags

/** Creates a checkpoint of this document. */
function create(xml: string, flags = 0): Scenario {
  return async (start) => (await start()).checkpoint(xml, flags)
}

/** Creates a checkpoint after others, and describes it. */
function describe(xml: string, ...before: readonly string[]): Scenario {
  return async (start) => {
    const bench = await start()
    await bench.checkpoints(...before)
    const created = await bench.checkpoint(xml)
    return created.isErr() ? created : bench.describe(created.value)
  }
}

/** Two checkpoints without a name in the same second. */
async function unnamedTwice(start: Start): Promise<Outcome> {
  const bench = await start()
  unwrap(await bench.checkpoint('<domaincheckpoint/>'))
  return bench.checkpoint('<domaincheckpoint/>')
}

/** A document with a creation time and a parent of its own, after a checkpoint without a name. */
async function ownParent(start: Start): Promise<Outcome> {
  const bench = await start()
  unwrap(await bench.checkpoint('<domaincheckpoint/>'))
  const xml = `<domaincheckpoint><name>ign</name><parent><name>nosuch</name></parent><creationTime>5</creationTime></domaincheckpoint>`
  const name = unwrap(await bench.checkpoint(xml))
  return bench.describe(name)
}

/** An operation on the checkpoint `a`. */
function on(name: string, operation: (bench: Bench) => Pending): Scenario {
  return async (start) => {
    const bench = await start()
    await bench.checkpoints(name)
    return operation(bench)
  }
}

export const checkpointDocument: Scenarios = {
  182: create('<domaincheckpoint>'),
  184: create('<domaincheckpoint><foo/></domaincheckpoint>'),
  185: create(checkpointXml('a/b')),
  187: create(checkpointXml('sp ace')),
  188: create('<domaincheckpoint><name/></domaincheckpoint>'),
  190: unnamedTwice,
  191: ownParent,
  193: on('libvirt-tmp-size-xml', (bench) => bench.drop('libvirt-tmp-size-xml')),
  194: create(checkpointXml('a', `<disk name='vdz'/>`)),
  196: create(checkpointXml('a', `<disk name='vda'/><disk name='vdb'/><disk name='vdc'/>`)),
  197: create('<domaincheckpoint><disks/></domaincheckpoint>'),
  199: create(checkpointXml('a', `<disk name='vda' checkpoint='bitmap' bitmap='other'/>`)),
  200: create(checkpointXml('a', `<disk name='vda' checkpoint='bitmap' bitmap='a'/>`)),
  202: on('a', (bench) => bench.checkpoint(checkpointXml('a'))),
  203: describe(
    checkpointXml('none', `<disk name='vda' checkpoint='no'/><disk name='vdb' checkpoint='no'/>`),
    'sz',
  ),
  205: create(checkpointXml('a'), 0x8),
  206: async (start) => zero((await start()).domain.checkpointLookupByName('nosuch')),
  208: on('a', async (bench) => (await bench.find('a')).getXMLDesc(0x8)),
  209: on('a', (bench) => bench.drop('a', CHILDREN | CHILDREN_ONLY)),
  211: create(checkpointXml('n'.repeat(1023))),
  212: create(checkpointXml('n'.repeat(251))),
}

export const nameLength: Scenarios = {
  328: async (start) =>
    (await create(checkpointXml('L'.repeat(247)))(start)).map((name) => String(name).length),
  329: create(checkpointXml('L'.repeat(248))),
}
