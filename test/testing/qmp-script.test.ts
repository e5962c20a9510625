import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  blockdevAdd,
  cont,
  jobDismiss,
  queryJobs,
  queryNamedBlockNodes,
  queryStatus,
  QmpClient,
  quit,
  stop,
} from '../../src/qmp/index.ts'
import { compareQmpTrace } from '../../src/testing/qmp-matcher.ts'
import { QmpScript } from '../../src/testing/qmp-script.ts'
import { parseQmpTrace, type QmpTrace } from '../../src/testing/qmp-trace.ts'

function trace(...messages: readonly (readonly ['send' | 'recv' | 'event', object])[]): QmpTrace {
  const lines = messages.map(([dir, msg]) => JSON.stringify({ dir, msg }))
  return parseQmpTrace(['{}', ...lines].join('\n'))._unsafeUnwrap()
}

const timestamp = { seconds: 1, microseconds: 2 }
const file = { driver: 'file', filename: '/vm/a.qcow2', 'node-name': 'n' } as const
const added = trace(
  ['send', { execute: 'query-named-block-nodes', arguments: { flat: true }, id: 'libvirt-1' }],
  ['recv', { return: [], id: 'libvirt-1' }],
  ['send', { execute: 'blockdev-add', arguments: file, id: 'libvirt-2' }],
  ['event', { event: 'STOP', timestamp }],
  ['recv', { error: { class: 'GenericError', desc: "no '/vm/a.qcow2'" }, id: 'libvirt-2' }],
  ['event', { event: 'RESUME', timestamp }],
  ['send', { execute: 'quit', id: 'libvirt-3' }],
)

function add(filename: string): object {
  return { ...file, filename }
}

function isRenamable(text: string): boolean {
  return /^libvirt-\d+-/.test(text)
}

describe('QmpScript', () => {
  it('answers what the trace answers, with the events around it', async () => {
    const script = new QmpScript(added)
    const events: string[] = []
    const client = (
      await script.connect({ prepare: (each) => each.on('event', ({ name }) => events.push(name)) })
    )._unsafeUnwrap()
    expect((await client.execute(queryNamedBlockNodes, { flat: true }))._unsafeUnwrap()).toEqual([])
    expect((await client.execute(blockdevAdd, file))._unsafeUnwrapErr().desc).toBe(
      "no '/vm/a.qcow2'",
    )
    expect((await client.execute(quit, {}))._unsafeUnwrapErr().kind).toBe('interrupted')
    expect(events).toStrictEqual(['STOP', 'RESUME'])
    expect([script.mismatches, script.remaining]).toStrictEqual([[], []])
  })

  it('is an executor by itself', async () => {
    const script = new QmpScript(added)
    expect((await script.execute(queryNamedBlockNodes, { flat: true })).isOk()).toBe(true)
    expect((await script.execute(blockdevAdd, file)).isErr()).toBe(true)
    expect(script.remaining).toStrictEqual(['quit'])
  })

  it('refuses and notes a command that the trace does not have there, and keeps its place', async () => {
    const script = new QmpScript(added)
    const error = (await script.execute(queryNamedBlockNodes, {}))._unsafeUnwrapErr()
    const wanted = 'expected query-named-block-nodes {"flat":true}, got query-named-block-nodes {}'
    expect(error.desc).toBe(wanted)
    await script.execute(stop, {})
    expect(script.mismatches).toStrictEqual([
      wanted,
      'expected query-named-block-nodes {"flat":true}, got stop {}',
    ])
    expect((await script.execute(queryNamedBlockNodes, { flat: true })).isOk()).toBe(true)
  })

  it('lets other paths stand for those of the trace, throughout', async () => {
    const script = new QmpScript(added)
    await script.execute(queryNamedBlockNodes, { flat: true })
    const error = (
      await script.execute(blockdevAdd, { ...file, filename: '/tmp/x/b' })
    )._unsafeUnwrapErr()
    expect(error.desc).toBe("no '/tmp/x/b'")
    expect(script.mismatches).toStrictEqual([])
  })

  it('notes a path that stands for two, and two for one', () => {
    const recorded = trace(
      ['send', { execute: 'blockdev-add', arguments: add('/a') }],
      ['send', { execute: 'blockdev-add', arguments: add('/b') }],
      ['send', { execute: 'blockdev-add', arguments: add('/a') }],
    )
    const sent = (...names: string[]): readonly string[] =>
      compareQmpTrace(
        recorded,
        names.map((filename) => ({ execute: 'blockdev-add', arguments: { ...file, filename } })),
      )
    expect(sent('/x', '/y', '/x')).toStrictEqual([])
    expect(sent('/b', '/a', '/b')).toStrictEqual([])
    expect(sent('/x', '/x', '/x')).not.toStrictEqual([])
    expect(sent('/x', '/y', '/z')).not.toStrictEqual([])
    expect(sent('/x', '/y')).toStrictEqual(['expected blockdev-add, got nothing'])
  })

  it('lets other names stand when it is told which', () => {
    const recorded = trace(
      ['send', { execute: 'blockdev-del', arguments: { 'node-name': 'libvirt-3-format' } }],
      ['send', { execute: 'blockdev-del', arguments: { 'node-name': 'libvirt-3-storage' } }],
    )
    const sent = ['format', 'storage'].map((layer) => ({
      execute: 'blockdev-del',
      arguments: { 'node-name': `libvirt-9-${layer}` },
    }))
    expect(compareQmpTrace(recorded, sent)).toHaveLength(4)
    expect(compareQmpTrace(recorded, sent, { isRenamable })).toStrictEqual([])
  })

  it('answers free queries at any time and misses none', async () => {
    const script = new QmpScript(added, { freeQueries: true })
    const client = (await script.connect())._unsafeUnwrap()
    expect((await client.execute(blockdevAdd, file))._unsafeUnwrapErr().kind).toBe('refused')
    expect((await client.execute(queryNamedBlockNodes, {}))._unsafeUnwrap()).toStrictEqual([])
    expect((await client.execute(queryStatus, {})).isErr()).toBe(true)
    expect(script.mismatches).toStrictEqual(['expected quit {}, got query-status {}'])
    expect(script.remaining).toStrictEqual(['quit'])
  })

  it('plays a recorded scenario to a client, cut into single bytes', async () => {
    const url = new URL(
      '../fixtures/qmp-traces/50-snapshot-disk-only-2disks-with-checkpoints.jsonl',
      import.meta.url,
    )
    const recorded = parseQmpTrace(readFileSync(url, 'utf8'))._unsafeUnwrap()
    const script = new QmpScript(recorded, { chunkBytes: 1 })
    const client = (await script.connect())._unsafeUnwrap()
    const statuses: string[] = []
    client.on('JOB_STATUS_CHANGE', ({ data }) => statuses.push(data.status))
    const sent = recorded.steps.filter(({ direction }) => direction === 'send')
    for (const { message } of sent) await client.exchange(message)
    expect(statuses.slice(0, 6)).toStrictEqual(
      'created running waiting pending concluded null'.split(' '),
    )
    expect([script.mismatches, script.remaining]).toStrictEqual([[], []])
  })

  it('sends the events before the first command once the client has negotiated', async () => {
    const early = trace([
      'event',
      { event: 'SHUTDOWN', data: { guest: false, reason: 'host-signal' }, timestamp },
    ])
    const seen: unknown[] = []
    const client = await QmpClient.open(new QmpScript(early).transport(), {
      prepare: (each) => each.on('SHUTDOWN', ({ data }) => seen.push(data.reason)),
    })
    await client._unsafeUnwrap().execute(cont, {})
    expect(seen).toStrictEqual(['host-signal'])
  })
})

describe('parseQmpTrace', () => {
  it.each([
    ['{}\nnothing', 'line 2 of the trace is no message'],
    ['{}\n{"dir":"send","msg":{}}\n{"dir":"up","msg":{}}', 'line 3 of the trace is no message'],
    ['', 'line 1 of the trace is no object'],
  ])('names the line of %j', (text, message) => {
    expect(parseQmpTrace(text)._unsafeUnwrapErr().message).toBe(message)
  })
})

describe('compareQmpTrace', () => {
  it('passes queries over when they are free', () => {
    const recorded = trace(
      ['send', { execute: 'job-dismiss', arguments: { id: 'j' } }],
      ['send', { execute: 'query-jobs' }],
    )
    const dismiss = { execute: jobDismiss.name, arguments: { id: 'j' } }
    const query = { execute: queryJobs.name }
    expect(compareQmpTrace(recorded, [dismiss], { freeQueries: true })).toStrictEqual([])
    expect(compareQmpTrace(recorded, [query, dismiss, query], { freeQueries: true })).toStrictEqual(
      [],
    )
    expect(compareQmpTrace(recorded, [query, dismiss, query])).not.toStrictEqual([])
    expect(compareQmpTrace(recorded, [], { freeQueries: true })).toStrictEqual([
      'expected job-dismiss, got nothing',
    ])
  })

  it('tells a member that is missing from one that is null', () => {
    const backing = { ...file, driver: 'qcow2', backing: null }
    const recorded = trace(['send', { execute: 'blockdev-add', arguments: backing }])
    const { backing: _, ...without } = backing
    expect(
      compareQmpTrace(recorded, [{ execute: 'blockdev-add', arguments: without }]),
    ).toHaveLength(2)
    expect(
      compareQmpTrace(recorded, [{ execute: 'blockdev-add', arguments: backing }]),
    ).toHaveLength(0)
  })
})
