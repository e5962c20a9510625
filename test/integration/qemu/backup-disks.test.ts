import { existsSync, readFileSync, statSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DomainBackupBeginFlags, ErrorNumber, unwrap } from '../../../src/index.ts'
import { NbdClient } from '../../../src/nbd/index.ts'
import { BackupLab, checkpointXml, isMissing, MiB, note } from './backup-lab.ts'
import { exportUri, pullXml, readPull } from './pull-lab.ts'
import { storeSecret } from './secret.ts'

const { REUSE_EXTERNAL } = DomainBackupBeginFlags

describe.skipIf(isMissing)(`the disks of a backup of a real machine${note}`, () => {
  let lab: BackupLab

  beforeEach(async () => {
    lab = await BackupLab.start()
  })

  afterEach(async () => {
    await lab.close()
  })

  it('may have been plugged in while the machine runs, for pushes', async () => {
    await lab.attach({ dev: 'vdc' })
    await lab.io('vdc', 'write -P 1 0 3M')
    await lab.push(lab.pushXml('full'), 'c1')
    await lab.io('vdc', 'write -P 2 2M 3M')
    await lab.io('vda', 'write -P 3 1M 64k')
    const expected = { vda: await lab.snapshot('vda'), vdc: await lab.snapshot('vdc') }
    await lab.push(lab.pushXml('inc', { since: 'c1' }), 'c2')
    for (const dev of ['vda', 'vdc'] as const) {
      lab.rebase(lab.path(`inc.${dev}`), lab.path(`full.${dev}`))
      lab.expectSame(lab.path(`inc.${dev}`), expected[dev])
    }
  })

  it('may have been plugged in while the machine runs, for pulls', async () => {
    await lab.attach({ dev: 'vdc' })
    await lab.io('vdc', 'write -P 1 0 3M')
    const full = unwrap(await lab.domain.backupBegin(pullXml(lab), checkpointXml('c1')))
    await lab.io('vdc', 'write -P 2 2M 3M')
    await readPull(exportUri(lab, 'vdc'), lab.path('vdc.raw'))
    expect(unwrap(await lab.domain.backupEnd(full))).toBe(true)
    const expected = await lab.snapshot('vdc')
    const next = unwrap(await lab.domain.backupBegin(pullXml(lab, { since: 'c1' })))
    await lab.io('vdc', 'write -P 3 0 8M')
    await readPull(exportUri(lab, 'vdc'), lab.path('vdc.raw'), 'backup-vdc')
    expect(unwrap(await lab.domain.backupEnd(next))).toBe(true)
    lab.expectSame(lab.path('vdc.raw'), expected, 'raw')
  })

  it('have no increment since before they were plugged in', async () => {
    await lab.push(lab.pushXml('full'), 'c1')
    await lab.attach({ dev: 'vdc' })
    const refused = await lab.domain.backupBegin(lab.pushXml('inc', { since: 'c1' }))
    expect(refused._unsafeUnwrapErr()).toMatchObject({
      code: ErrorNumber.CHECKPOINT_INCONSISTENT,
      message: "checkpoint inconsistent: missing or broken bitmap 'c1' for disk 'vdc'",
    })
    expect(existsSync(lab.path('inc.vda'))).toBe(false)
  })

  it('each have a way of their own', async () => {
    await lab.io('vda', 'write -P 1 0 1M')
    await lab.push(lab.pushXml('full'), 'c1')
    await lab.io('vda', 'write -P 2 1M 1M')
    await lab.io('vdb', 'write -P 3 2M 1M')
    await lab.attach({ dev: 'vdc' })
    const expected = { vda: await lab.snapshot('vda'), vdb: await lab.snapshot('vdb') }
    const disk = (dev: string, settings: string, driver = ''): string =>
      `<disk name='${dev}' type='file' ${settings}>${driver}<target file='${lab.path(`mixed.${dev}`)}'/></disk>`
    await lab.push(
      `<domainbackup><disks>
        ${disk('vda', "backupmode='incremental' incremental='c1'")}
        ${disk('vdb', "backupmode='full'", "<driver type='raw'/>")}
        <disk name='vdc' backup='no'/>
      </disks></domainbackup>`,
      'c2',
    )
    const map: readonly { readonly depth: number }[] = JSON.parse(
      lab.img('map', '-U', '--output=json', lab.path('mixed.vda')),
    )
    expect(map.filter(({ depth }) => depth === 0)).toMatchObject([{ start: MiB, length: MiB }])
    lab.rebase(lab.path('mixed.vda'), lab.path('full.vda'))
    lab.expectSame(lab.path('mixed.vda'), expected.vda)
    lab.expectSame(lab.path('mixed.vdb'), expected.vdb, 'raw')
    expect(existsSync(lab.path('mixed.vdc'))).toBe(false)
    expect(existsSync(`${lab.disk('vdc')}.c2`)).toBe(false)
  })

  it('are written into images that there are, with what is below them', async () => {
    await lab.io('vda', 'write -P 1 0 1M')
    await lab.push(lab.pushXml('full', { disks: ['vda'] }), 'c1')
    await lab.io('vda', 'write -P 2 512k 1M')
    const expected = await lab.snapshot('vda')
    const target = lab.path('inc.vda')
    lab.img('create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', lab.path('full.vda'), target)
    const { ino } = statSync(target)
    const xml = lab.pushXml('inc', { since: 'c1', disks: ['vda'] })
    await lab.push(xml, 'c2', REUSE_EXTERNAL)
    expect(statSync(target).ino).toBe(ino)
    lab.expectSame(target, expected)
  })

  it('are served from scratch images that there are', async () => {
    await lab.io('vda', 'write -P 1 0 1M')
    const expected = await lab.snapshot('vda')
    const scratch = lab.path('scratch.vda')
    lab.img('create', '-q', '-f', 'qcow2', scratch, '64M')
    const disks = `<disk name='vda'><scratch file='${scratch}'/></disk>`
    const id = unwrap(
      await lab.domain.backupBegin(pullXml(lab, { disks }), undefined, REUSE_EXTERNAL),
    )
    await lab.io('vda', 'write -P 2 0 4M')
    await readPull(exportUri(lab, 'vda'), lab.path('vda.raw'))
    expect(unwrap(await lab.domain.backupEnd(id))).toBe(true)
    lab.expectSame(lab.path('vda.raw'), expected, 'raw')
    // What the caller has made is the caller's.
    expect(existsSync(scratch)).toBe(true)
  })

  it('have checkpoints of which no two have one name', async () => {
    await lab.push(lab.pushXml('full'), 'c1')
    lab.forget()
    const refused = await lab.domain.backupBegin(lab.pushXml('other'), checkpointXml('c1'))
    expect(refused._unsafeUnwrapErr()).toMatchObject({
      code: ErrorNumber.OPERATION_FAILED,
      message: 'operation failed: domain moment c1 already exists',
    })
    expect(lab.sent.map(({ execute }) => execute)).not.toContain('transaction')
    expect(existsSync(lab.path('other.vda'))).toBe(false)
    expect(unwrap(await lab.domain.listAllCheckpoints())).toHaveLength(1)
  })
})

describe.skipIf(isMissing)(`an encrypted image of a backup${note}`, () => {
  const uuid = '7f0b6f0e-5d8e-4e9f-8a3b-1d2c3b4a5f6e'
  const encryption = `<encryption format='luks'><secret type='passphrase' uuid='${uuid}'/></encryption>`
  let lab: BackupLab

  beforeEach(async () => {
    lab = await BackupLab.start({
      disks: [{ dev: 'vda', size: 8 * MiB }],
      prepare: (made) => storeSecret(made.path('root'), uuid, 'pass word'),
    })
    await lab.io('vda', 'write -P 0x41 1M 3M')
  })

  afterEach(async () => {
    await lab.close()
  })

  /** QEMU measures how fast the host is before it encrypts, and gives up where others keep it busy. */
  const begin = async (xml: string): Promise<number> => {
    for (;;) {
      const begun = await lab.domain.backupBegin(xml)
      const isBusy = begun.isErr() && begun.error.message.includes('accurate CPU usage')
      if (!isBusy) return unwrap(begun)
    }
  }

  it.each([
    ['raw', 'driver=luks,key-secret=s'],
    ['qcow2', 'driver=qcow2,encrypt.format=luks,encrypt.key-secret=s'],
  ])(
    'is a target of format %s',
    async (format, options) => {
      const expected = await lab.snapshot('vda')
      const target = lab.path('secret.vda')
      const id = await begin(
        `<domainbackup><disks><disk name='vda' type='file'>
        <driver type='${format}'/><target file='${target}'>${encryption}</target>
      </disk></disks></domainbackup>`,
      )
      await lab.until(async () => !(await lab.isBackingUp()))
      expect(unwrap(await lab.domain.backupEnd(id))).toBe(true)
      expect(readFileSync(target).includes(Buffer.alloc(512, 0x41))).toBe(false)
      const image = `${options},file.driver=file,file.filename=${target}`
      const [clear, secret] = [lab.path('clear'), 'secret,id=s,data=pass word']
      if (format === 'qcow2') lab.img('check', '-q', '--object', secret, '--image-opts', image)
      lab.img('convert', '--object', secret, '--image-opts', '-O', 'qcow2', image, clear)
      lab.expectSame(clear, expected)
      expect(await lab.qmp('qom-list', { path: '/objects' })).not.toContain('encryption-secret')
    },
    120_000,
  )

  it('is a scratch image', async () => {
    const scratch = lab.path('scratch')
    const disks = `<disk name='vda'><scratch file='${scratch}'>${encryption}</scratch></disk>`
    const id = await begin(pullXml(lab, { disks }))
    await lab.io('vda', 'write -P 0x42 1M 3M')
    const client = unwrap(await NbdClient.connect(exportUri(lab, 'vda')))
    expect(unwrap(await client.read(MiB, 2))).toStrictEqual(new Uint8Array([0x41, 0x41]))
    unwrap(await client.close())
    expect(readFileSync(scratch).includes(Buffer.alloc(512, 0x41))).toBe(false)
    expect(unwrap(await lab.domain.backupEnd(id))).toBe(true)
    expect(existsSync(scratch)).toBe(false)
    expect(await lab.qmp('qom-list', { path: '/objects' })).not.toContain('encryption-secret')
  }, 120_000)
})
