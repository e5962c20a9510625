import { readdirSync, readFileSync, statSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  DomainCheckpointCreateFlags,
  DomainCheckpointDeleteFlags,
  DomainCheckpointXMLFlags,
  ErrorNumber,
  unwrap,
} from '../../../src/index.ts'
import { parseDomainCheckpoint } from '../../../src/xml/index.ts'
import { BackupLab, checkpointXml, isMissing, note } from './backup-lab.ts'

const { NO_DOMAIN, SIZE } = DomainCheckpointXMLFlags

describe.skipIf(isMissing)(`checkpoints of a real machine${note}`, () => {
  let lab: BackupLab

  beforeEach(async () => {
    lab = await BackupLab.start()
  })

  afterEach(async () => {
    await lab.close()
  })

  const create = async (name: string, flags = 0) =>
    unwrap(await lab.domain.checkpointCreateXML(checkpointXml(name) ?? '', flags))
  const files = (): string[] => {
    try {
      return readdirSync(lab.path('root/lib/qemu/checkpoint/vm')).toSorted()
    } catch {
      return []
    }
  }
  /** The names of the bitmaps that QEMU has, with the state of those that are not in order. */
  const bitmaps = async (): Promise<string[]> => {
    const answer = JSON.parse(await lab.qmp('query-named-block-nodes', { flat: true }))
    const found = new Set<string>()
    for (const node of answer.return) {
      for (const { name, recording, persistent } of node['dirty-bitmaps'] ?? []) {
        found.add(`${name}${recording ? '' : ' disabled'}${persistent ? '' : ' transient'}`)
      }
    }
    return [...found].toSorted()
  }

  it('are made in one transaction, and stored as libvirt stores them', async () => {
    const checkpoint = await create('c1')
    expect(lab.sent).toStrictEqual([
      {
        execute: 'transaction',
        arguments: {
          actions: ['libvirt-2-format', 'libvirt-1-format'].map((node) => ({
            type: 'block-dirty-bitmap-add',
            data: { node, name: 'c1', persistent: true, disabled: false },
          })),
        },
      },
    ])
    const path = lab.path('root/lib/qemu/checkpoint/vm/c1.xml')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const stored = unwrap(parseDomainCheckpoint(readFileSync(path, 'utf8'), { redefine: true }))
    expect(stored).toMatchObject({ name: 'c1', domain: { name: 'vm' } })
    expect(readFileSync(path, 'utf8')).toBe(unwrap(await checkpoint.getXMLDesc()))
  })

  it('tell how much has changed', async () => {
    const checkpoint = await create('c')
    await lab.io('vda', 'write -P 1 0 1M')
    await lab.io('vdb', 'write -P 1 70000 1')
    const xml = unwrap(await checkpoint.getXMLDesc(NO_DOMAIN | SIZE))
    expect(xml).toContain(`<disk name='vda' checkpoint='bitmap' bitmap='c' size='1048576'/>`)
    expect(xml).toContain(`<disk name='vdb' checkpoint='bitmap' bitmap='c' size='65536'/>`)
    expect(await bitmaps()).toStrictEqual(['c'])
  })

  it('keep exact what others know when one goes', async () => {
    await create('c1')
    await lab.io('vda', 'write -P 1 0 64k')
    const middle = await create('c2')
    await lab.io('vda', 'write -P 2 1M 64k')
    const last = await create('c3')
    unwrap(await middle.delete())
    expect(await bitmaps()).toStrictEqual(['c1', 'c3'])
    expect(files()).toStrictEqual(['c1.xml', 'c3.xml'])
    expect(unwrap(await last.getParent()).getName()).toBe('c1')
    const first = unwrap(await lab.domain.checkpointLookupByName('c1'))
    expect(unwrap(await first.getXMLDesc(NO_DOMAIN | SIZE))).toContain(`size='131072'`)
  })

  it('go with their descendants, all of them or none', async () => {
    const { CHILDREN, CHILDREN_ONLY, METADATA_ONLY } = DomainCheckpointDeleteFlags
    const root = await create('c1')
    await create('c2')
    await create('c3')
    await lab.qmp('block-dirty-bitmap-remove', { node: 'libvirt-2-format', name: 'c3' })
    expect((await root.delete(CHILDREN))._unsafeUnwrapErr()).toMatchObject({
      code: ErrorNumber.INTERNAL_ERROR,
      message: "internal error: bitmap 'c3' not found in backing chain of 'vda'",
    })
    expect(files()).toStrictEqual(['c1.xml', 'c2.xml', 'c3.xml'])
    const broken = unwrap(await lab.domain.checkpointLookupByName('c3'))
    unwrap(await broken.delete(METADATA_ONLY))
    expect(files()).toStrictEqual(['c1.xml', 'c2.xml'])
    unwrap(await root.delete(CHILDREN_ONLY))
    expect(files()).toStrictEqual(['c1.xml'])
    unwrap(await root.delete(CHILDREN))
    expect(files()).toStrictEqual([])
    // The bitmap of the one whose metadata alone went stays on the other disk.
    expect(await bitmaps()).toStrictEqual(['c3'])
  })

  it('are remembered again from their description, and validated', async () => {
    const { REDEFINE, REDEFINE_VALIDATE } = DomainCheckpointCreateFlags
    const xml = unwrap(await (await create('c')).getXMLDesc())
    const found = unwrap(await lab.domain.checkpointLookupByName('c'))
    unwrap(await found.delete(DomainCheckpointDeleteFlags.METADATA_ONLY))
    expect(files()).toStrictEqual([])
    lab.forget()
    unwrap(await lab.domain.checkpointCreateXML(xml, REDEFINE))
    expect(lab.sent).toStrictEqual([])
    unwrap(await lab.domain.checkpointCreateXML(xml, REDEFINE | REDEFINE_VALIDATE))
    await lab.qmp('block-dirty-bitmap-disable', { node: 'libvirt-1-format', name: 'c' })
    const refused = await lab.domain.checkpointCreateXML(xml, REDEFINE | REDEFINE_VALIDATE)
    expect(refused._unsafeUnwrapErr()).toMatchObject({
      code: ErrorNumber.CHECKPOINT_INCONSISTENT,
      message: "checkpoint inconsistent: missing or broken bitmap 'c' for disk 'vdb'",
    })
  })

  it('are not made when one of their bitmaps cannot be', async () => {
    await lab.qmp('block-dirty-bitmap-add', { node: 'libvirt-1-format', name: 'clash' })
    const refused = await lab.domain.checkpointCreateXML(checkpointXml('clash') ?? '')
    expect(refused._unsafeUnwrapErr().message).toBe(
      "internal error: unable to execute QEMU command 'transaction': Bitmap already exists: clash",
    )
    expect(files()).toStrictEqual([])
    expect(unwrap(await lab.domain.listAllCheckpoints())).toHaveLength(0)
    expect(await bitmaps()).toStrictEqual(['clash transient'])
  })

  it('go from images below the top too', async () => {
    await create('c1')
    await create('c2')
    // What a disk-only snapshot does to the graph, done by hand before the machine starts again.
    unwrap(await lab.domain.destroy())
    for (const dev of ['vda', 'vdb']) {
      const [base, overlay] = [lab.path(`base.${dev}`), lab.disk(dev)]
      lab.img('convert', '-O', 'qcow2', '--bitmaps', '-f', 'qcow2', overlay, base)
      lab.img('create', '-q', '-f', 'qcow2', '-b', base, '-F', 'qcow2', overlay)
      lab.img('bitmap', '--add', overlay, 'c1')
    }
    unwrap(await lab.domain.create())
    lab.forget()
    const checkpoint = unwrap(await lab.domain.checkpointLookupByName('c1'))
    unwrap(await checkpoint.delete())
    expect(lab.sent.map(({ execute }) => execute)).toStrictEqual([
      'query-named-block-nodes',
      'blockdev-reopen',
      'blockdev-reopen',
      'transaction',
      'blockdev-reopen',
      'blockdev-reopen',
    ])
    expect(await bitmaps()).toStrictEqual(['c2'])
    unwrap(await lab.domain.destroy())
    expect(lab.img('info', lab.path('base.vda'))).not.toContain('name: c1')
  })

  it('outlive a restart of the machine and of the driver, in their tree', async () => {
    await create('c1')
    await create('c2')
    await lab.io('vda', 'write -P 1 0 64k')
    unwrap(await lab.domain.destroy())
    unwrap(await lab.connection.close())
    await lab.connect()
    unwrap(await lab.domain.create())
    const names = unwrap(await lab.domain.listAllCheckpoints()).map((each) => each.getName())
    expect(names.toSorted()).toStrictEqual(['c1', 'c2'])
    const next = await create('c3')
    expect(unwrap(await next.getParent()).getName()).toBe('c2')
    const first = unwrap(await lab.domain.checkpointLookupByName('c1'))
    expect(unwrap(await first.getXMLDesc(NO_DOMAIN | SIZE))).toContain(`size='65536'`)
  })

  it('are compared with what a crash has left, and brought in order', async () => {
    await create('c1')
    unwrap(await lab.domain.destroy())
    unwrap(await lab.domain.create())
    await create('c2')
    process.kill(Number(lab.read('root/run/qemu/vm.pid')), 'SIGKILL')
    await lab.until(async () => !unwrap(await lab.domain.isActive()))
    unwrap(await lab.domain.create())
    const states = async (): Promise<string[]> =>
      unwrap(await lab.domain.checkpointDiagnose()).map(
        ({ checkpoint, disk, state }) => `${checkpoint} ${disk} ${state}`,
      )
    expect(await states()).toStrictEqual([
      'c1 vda inconsistent',
      'c1 vdb inconsistent',
      'c2 vda missing',
      'c2 vdb missing',
    ])
    await lab.qmp('block-dirty-bitmap-add', {
      node: 'libvirt-1-format',
      name: 'stray',
      persistent: true,
    })
    const wanted = unwrap(await lab.domain.checkpointReconcile({ dryRun: true }))
    expect(wanted.map(({ action }) => action)).toStrictEqual([
      'delete-checkpoint',
      'delete-checkpoint',
      'remove-bitmap',
    ])
    expect(unwrap(await lab.domain.checkpointReconcile({ dryRun: false }))).toStrictEqual(wanted)
    expect(await bitmaps()).toStrictEqual([])
    expect(files()).toStrictEqual([])
    expect(unwrap(await lab.domain.checkpointReconcile({ dryRun: false }))).toStrictEqual([])
  })

  it('keep their place when their machine gets another name', async () => {
    await create('c1')
    await lab.push(lab.pushXml('full'))
    unwrap(await lab.domain.destroy())
    unwrap(await lab.domain.rename('other'))
    unwrap(await lab.connection.close())
    await lab.connect()
    lab.domain = unwrap(await lab.connection.domainLookupByName('other'))
    const names = unwrap(await lab.domain.listAllCheckpoints()).map((each) => each.getName())
    expect(names).toStrictEqual(['c1'])
    unwrap(await lab.domain.create())
    expect((await lab.push(lab.pushXml('next'))).id).toBe(2)
    expect(files()).toStrictEqual([])
  })

  it('go with a machine that is not defined, when it stops', async () => {
    await create('c1')
    await lab.push(lab.pushXml('full'))
    unwrap(await lab.domain.undefine())
    expect(files()).toStrictEqual(['c1.xml'])
    unwrap(await lab.domain.destroy())
    expect(files()).toStrictEqual([])
    expect(readdirSync(lab.path('root/lib/qemu/backup'))).toStrictEqual([])
    lab.domain = unwrap(await lab.connection.domainDefineXML(lab.xml('')))
  })

  it('go with an inactive machine only when that is asked for', async () => {
    await create('c1')
    unwrap(await lab.domain.destroy())
    expect((await lab.domain.undefine())._unsafeUnwrapErr().message).toBe(
      'Requested operation is not valid: cannot delete inactive domain with 1 checkpoints',
    )
    unwrap(await lab.domain.undefineFlags(16))
    expect(files()).toStrictEqual([])
    lab.domain = unwrap(await lab.connection.domainDefineXML(lab.xml('')))
    expect(unwrap(await lab.domain.listAllCheckpoints())).toHaveLength(0)
  })
})
