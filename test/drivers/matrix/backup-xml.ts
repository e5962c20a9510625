/** Group C: what a backup document may say. @module */
import { DomainBlockJobAbortFlags, unwrap } from '../../../src/index.ts'
import { MiB } from '../test/fixture.ts'
import type { Bench } from './bench.ts'
import {
  backupXml,
  checkpointXml,
  failure,
  type Scenario,
  type Scenarios,
  type Start,
  target,
  zero,
} from './scenario.ts'

/** Begins a backup of this document on an idle domain with two disks. */
function begin(xml: string, flags = 0): Scenario {
  return async (start) => (await start()).begin(xml, undefined, flags)
}

const unix = `<server transport='unix' socket='/vm/nbd.sock'/>`
const scratch = `<disks><disk name='vda' type='file'><scratch file='/vm/bk/s'/></disk></disks>`
const pull = (server: string, disks = scratch): string =>
  `<domainbackup mode='pull'>${server}${disks}</domainbackup>`
const disk = (attributes: string, more = `<target file='/vm/bk/t'/>`): string =>
  backupXml(`<disk ${attributes}>${more}</disk>`)
const onVda = (attributes: string, more?: string): string => disk(`name='vda' ${attributes}`, more)

/** A file that is there already. */
async function withFile(start: Start): Promise<Bench> {
  const bench = await start()
  await bench.rig.createImage('/vm/bk/exists', { format: 'raw', size: MiB })
  return bench
}

/** The checkpoint `dup`. */
async function withCheckpoint(start: Start): Promise<Bench> {
  const bench = await start()
  await bench.checkpoints('dup')
  return bench
}

const luks = `<target file='/vm/bk/t'>
  <encryption format='luks'>
    <secret type='passphrase' uuid='0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f'/>
  </encryption>
</target>`

/** What the schema of the document refuses. */
const schema: Scenarios = {
  37: begin(`<domainbackup mode='bogus'/>`),
  38: begin(pull('', '')),
  40: begin(`<domainbackup mode='push'>${unix}</domainbackup>`),
  41: begin(`<domainbackup>${unix}</domainbackup>`),
  43: begin(pull(`<server transport='unix' socket='nbd.sock'/>`)),
  44: begin(pull(`<server transport='tcp' port='10809'/>`)),
  47: begin(pull(`<server transport='tcp' name='localhost' port='abc'/>`)),
  49: begin(pull(`<server transport='tcp' name='localhost' port='10809' socket='/vm/nbd.sock'/>`)),
  50: begin(pull(`<server transport='rdma' name='localhost' port='10809'/>`)),
  52: begin(pull(`<server transport='tcp' name='localhost' port='10809' tls='maybe'/>`)),
  53: begin(onVda(`type='file'`, `<scratch file='/vm/bk/s'/>`)),
  55: begin(backupXml('')),
  56: begin(disk(`type='file'`)),
  58: begin(disk(`name='/vm/img/vda.qcow2' type='file'`)),
  62: begin(onVda('')),
  67: begin(
    pull(
      unix,
      `<disks><disk name='vda' type='file'><driver type='raw'/><scratch file='/vm/bk/s'/></disk></disks>`,
    ),
  ),
  70: begin(onVda(`type='network'`)),
  71: begin(onVda(`type='block'`)),
  73: begin(onVda(`type='file'`, `<target file='t'/>`)),
  74: begin(onVda(`type='file' exportname='e'`)),
  76: begin(onVda(`type='file' index='3'`)),
  77: begin(onVda(`type='file' backup='maybe'`)),
  79: begin(onVda(`type='file' backupmode='full' incremental='c'`)),
  91: begin('<domainbackup><foo/></domainbackup>'),
}

/** What fails behind reading, or does not. */
const arguments_: Scenarios = {
  35: begin('<foo/>'),
  59: begin(backupXml(target('vda', '/vm/bk/1') + target('vda', '/vm/bk/2'))),
  61: begin(backupXml(`<disk name='vda' backup='no'/>`)),
  68: begin(backupXml(target('vda', '/vm/bk/t', { driver: 'vmdk' }))),
  80: begin(backupXml(target('vda', '/vm/bk/t'), 'nosuch')),
  82: begin(
    `<domainbackup><incremental/><disks>${target('vda', '/vm/bk/t')}</disks></domainbackup>`,
  ),
  83: async (start) => (await withFile(start)).begin(backupXml(target('vda', '/vm/bk/exists'))),
  86: begin(backupXml(target('vda', '/vm/img/vda.qcow2'))),
  88: begin(backupXml(target('vda', '/vm/bk/t1') + target('vdb', '/vm/bk/t1'))),
  89: begin('<domainbackup/>', 0x2),
  92: begin(onVda(`type='file'`, luks)),
}

const withCheckpoints: Scenarios = {
  94: async (start) => (await start()).begin('<domainbackup/>', '<foo/>'),
  95: async (start) => (await withCheckpoint(start)).begin('<domainbackup/>', checkpointXml('dup')),
  97: async (start) => {
    const bench = await withCheckpoint(start)
    failure(await bench.begin('<domainbackup/>', checkpointXml('dup')))
    unwrap(await bench.begin('<domainbackup/>', checkpointXml('nn')))
    return bench.names()
  },
  98: async (start) =>
    (await withCheckpoint(start)).begin(
      backupXml(
        target('vda', '/vm/bk/1', { attributes: `incremental='dup'` }) +
          target('vdb', '/vm/bk/2', { attributes: `backupmode='full'` }),
        'nosuch',
      ),
    ),
}

const withoutJob: Scenarios = {
  100: async (start) => zero((await start()).domain.abortJob()),
  101: async (start) => (await start()).domain.getJobStats(),
  103: async (start) => (await start()).domain.backupGetXMLDesc(0, 1),
  283: async (start) => {
    const { domain } = await start()
    return zero(domain.blockJobAbort('vda', DomainBlockJobAbortFlags.PIVOT))
  },
}

export const backupDocument: Scenarios = {
  ...schema,
  ...arguments_,
  ...withCheckpoints,
  ...withoutJob,
}

/** A listed disk without a target gets a generated name here. */
export const backupDocumentDifferences: Scenarios = {
  64: begin(onVda(`type='file'`, '')),
}
