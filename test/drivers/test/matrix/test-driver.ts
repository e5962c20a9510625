/** Group N: libvirt's own test driver, on `test:///default`. @module */
import {
  type Domain,
  DomainCheckpointCreateFlags,
  DomainCheckpointXMLFlags,
  open,
  unwrap,
} from '../../../../src/index.ts'
import { diskXml, domainXml } from '../fixture.ts'
import {
  checkpointXml,
  type Outcome,
  type Pending,
  type Scenario,
  type Scenarios,
  zero,
} from '../../matrix/scenario.ts'

const { NO_DOMAIN, SIZE } = DomainCheckpointXMLFlags

/** Does something with a domain of two disks, qcow2 and raw. */
function inactive(use: (domain: Domain) => Pending): Scenario {
  return async () => {
    const connection = unwrap(await open('test:///default'))
    const devices = diskXml('vda') + diskXml('vdb', { format: 'raw', path: '/vm/vdb.raw' })
    const domain = unwrap(await connection.domainDefineXML(domainXml({ devices })))
    const outcome = await use(domain)
    unwrap(await connection.close())
    return outcome
  }
}

const running = (use: (domain: Domain) => Pending): Scenario =>
  inactive(async (domain) => {
    unwrap(await domain.create())
    return use(domain)
  })

/** Does something with the domain that is there from the start. */
function onDefault(use: (domain: Domain) => Pending): Scenario {
  return async () => {
    const connection = unwrap(await open('test:///default'))
    const outcome = await use(unwrap(await connection.domainLookupByName('test')))
    unwrap(await connection.close())
    return outcome
  }
}

async function create(domain: Domain, ...names: readonly string[]): Promise<void> {
  for (const name of names) unwrap(await domain.checkpointCreateXML(checkpointXml(name)))
}

const otherBitmap = checkpointXml('ob', `<disk name='vda' bitmap='other'/>`)

async function createOther(domain: Domain): Promise<void> {
  await create(domain, 'a', 'b')
  unwrap(await domain.checkpointCreateXML(otherBitmap))
}

async function describe(domain: Domain, name: string): Promise<Outcome> {
  return unwrap(await domain.checkpointLookupByName(name)).getXMLDesc(NO_DOMAIN)
}

async function deleteMiddle(domain: Domain): Promise<Outcome> {
  await createOther(domain)
  return zero(unwrap(await domain.checkpointLookupByName('b')).delete())
}

export const testDriver: Scenarios = {
  337: inactive((domain) => domain.checkpointCreateXML(checkpointXml('a'))),
  338: running(async (domain) => {
    await create(domain, 'a')
    return describe(domain, 'a')
  }),
  340: running(async (domain) => {
    await create(domain, 'a')
    return domain.checkpointCreateXML(checkpointXml('a'))
  }),
  341: running(async (domain) => {
    await createOther(domain)
    return describe(domain, 'ob')
  }),
  343: running((domain) => {
    const { REDEFINE, REDEFINE_VALIDATE } = DomainCheckpointCreateFlags
    return domain.checkpointCreateXML(checkpointXml('a'), REDEFINE | REDEFINE_VALIDATE)
  }),
  346: running(deleteMiddle),
  347: running(async (domain) => {
    unwrap(await deleteMiddle(domain))
    const other = unwrap(await domain.checkpointLookupByName('ob'))
    return (await other.getParent()).map((parent) => parent.getName())
  }),
  349: running(async (domain) => {
    await create(domain, 'a')
    unwrap(await domain.destroy())
    return unwrap(await domain.checkpointLookupByName('a')).getXMLDesc(SIZE)
  }),
  350: running(async (domain) => {
    await create(domain, 'a')
    unwrap(await domain.destroy())
    return zero(domain.undefine())
  }),
}

/** libvirt's test driver has no jobs. */
export const testDriverDifferences: Scenarios = {
  332: onDefault((domain) => domain.backupBegin('<domainbackup/>')),
  334: onDefault((domain) => domain.abortJob()),
  335: onDefault((domain) => domain.getJobStats()),
}
