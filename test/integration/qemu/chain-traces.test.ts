/** What is sent to QEMU when bitmaps are below the top of a disk, or broken, is what libvirt was seen sending. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { unwrap } from '../../../src/index.ts'
import { BackupLab, isMissing, note } from './backup-lab.ts'
import { TraceLab } from './trace-lab.ts'

describe.skipIf(isMissing)(`the commands of images under the top${note}`, () => {
  let lab: BackupLab
  let traces: TraceLab

  beforeEach(async () => {
    lab = await BackupLab.start()
    traces = new TraceLab(lab)
    await lab.io('vda', 'write -P 1 0 4M')
  })

  afterEach(async () => {
    await lab.close()
  })

  /** Puts an image over the top one, with bitmaps that go on, as a snapshot does. */
  function cover(below: string, name: string, bitmaps: readonly string[]): string {
    const path = lab.path(`img/${name}`)
    lab.img('create', '-q', '-f', 'qcow2', '-b', below, '-F', 'qcow2', path)
    for (const bitmap of bitmaps) lab.img('bitmap', '--add', path, bitmap)
    return path
  }

  /** Starts the machine with other images. */
  async function restart(paths: Readonly<Record<string, string>>): Promise<void> {
    unwrap(await lab.domain.destroy())
    let xml = unwrap(await lab.domain.getXMLDesc())
    for (const [from, to] of Object.entries(paths)) xml = xml.replace(`'${from}'`, `'${to}'`)
    unwrap(await lab.connection.domainDefineXML(xml))
    unwrap(await lab.domain.create())
  }

  it('are those of chains with bitmaps in every image (traces 51, 52, 55)', async () => {
    await traces.create('c1')
    await lab.io('vda', 'write -P 2 1M 128k')
    await lab.io('vdb', 'write -P 2 1M 128k')
    await traces.create('c2')
    const [vda, vdb] = [lab.disk('vda'), lab.disk('vdb')]
    const first = cover(vda, 'vda.s1.qcow2', ['c1', 'c2'])
    await restart({ [vda]: first, [vdb]: cover(vdb, 'vdb.s1.qcow2', ['c1', 'c2']) })
    await traces.create('c3')
    await lab.io('vda', 'write -P 3 2M 192k')

    const across = '51-checkpoint-getxml-size-across-chain'
    await traces.same(across, async () => {
      const described = await traces.size('c1')
      expect(described).toContain(
        "<disk name='vda' checkpoint='bitmap' bitmap='c1' size='327680'/>",
      )
      expect(described).toContain(
        "<disk name='vdb' checkpoint='bitmap' bitmap='c1' size='131072'/>",
      )
    })
    await traces.push('52-backup-push-incremental-across-chain')

    await restart({ [first]: cover(first, 'vda.s2.qcow2', ['c1', 'c2', 'c3']) })
    await traces.same('55-checkpoint-delete-bitmap-in-backing-chain', () => traces.remove('c2'))
    expect(traces.mismatches).toStrictEqual([])
  })

  it('are those of a bitmap that a crash has spoilt under the top (trace 99)', async () => {
    const vda = lab.disk('vda')
    await traces.create('i1')
    await restart({})
    process.kill(Number(lab.read('root/run/qemu/vm.pid')), 'SIGKILL')
    await lab.until(async () => !unwrap(await lab.domain.isActive()))
    unwrap(await lab.domain.create())
    await restart({ [vda]: cover(vda, 'vda.s1.qcow2', []) })
    await traces.same('99-checkpoint-delete-inconsistent-bitmap', () => traces.remove('i1'))
    expect(traces.mismatches).toStrictEqual([])
  })
})
