import { describe, expect, it } from 'vitest'
import type { TransactionAction } from '../../src/block/index.ts'
import { cluster, Machine } from './machine.ts'

function machine(): Machine {
  const made = Machine.withDisk(16)
  for (const name of ['a', 'b']) made.graph.addBitmap({ node: 'd0', name })._unsafeUnwrap()
  made.fill(1, [1, 2])
  return made
}

const at = (name: string): { node: string; name: string } => ({ node: 'd0', name })

describe('a transaction', () => {
  it('does nothing when it is empty', () => {
    expect(machine().graph.transaction([]).isOk()).toBe(true)
  })

  it('refuses an unknown action before anything happens', () => {
    const made = machine()
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a caller without types can pass this
    const foo = { type: 'foo' } as unknown as TransactionAction
    const result = made.graph.transaction([
      { type: 'block-dirty-bitmap-clear', data: at('a') },
      foo,
    ])
    expect(result._unsafeUnwrapErr().message).toBe("Parameter 'type' does not accept value 'foo'")
    expect(made.dirty('a')).toStrictEqual([1, 2])
  })

  it.each<[string, TransactionAction[]]>([
    ['add', [{ type: 'block-dirty-bitmap-add', data: at('n') }]],
    ['remove', [{ type: 'block-dirty-bitmap-remove', data: at('a') }]],
    ['clear', [{ type: 'block-dirty-bitmap-clear', data: at('a') }]],
    ['enable', [{ type: 'block-dirty-bitmap-enable', data: at('a') }]],
    ['disable', [{ type: 'block-dirty-bitmap-disable', data: at('a') }]],
    [
      'clear and merge',
      [
        { type: 'block-dirty-bitmap-clear', data: at('a') },
        { type: 'block-dirty-bitmap-merge', data: { node: 'd0', target: 'a', bitmaps: ['b'] } },
        { type: 'block-dirty-bitmap-disable', data: at('a') },
        { type: 'block-dirty-bitmap-remove', data: at('b') },
      ],
    ],
    [
      'backup',
      [
        {
          type: 'blockdev-backup',
          data: {
            jobId: 'j',
            device: 'd0',
            target: 't0',
            sync: 'bitmap',
            bitmap: 'a',
            bitmapMode: 'always',
          },
        },
        {
          type: 'drive-backup',
          data: { jobId: 'k', device: 'd0', target: '/t0', mode: 'existing', sync: 'full' },
        },
      ],
    ],
  ])('takes %s back when it aborts', (_, actions) => {
    const made = machine()
    const before = made.graph.queryBitmaps('d0')
    const result = made.graph.transaction([...actions, { type: 'abort' }])
    expect(result.isErr()).toBe(true)
    expect(made.graph.queryBitmaps('d0')).toStrictEqual(before)
    expect(made.graph.jobs.queryJobs()).toStrictEqual([])
    expect(made.graph.nodeNames()).toStrictEqual(['d0', 't0'])
  })

  it('shows each action what those before it did', () => {
    const made = machine()
    const result = made.graph.transaction([
      { type: 'block-dirty-bitmap-add', data: { ...at('n'), disabled: true } },
      { type: 'block-dirty-bitmap-merge', data: { node: 'd0', target: 'n', bitmaps: ['a', 'b'] } },
      {
        type: 'blockdev-backup',
        data: { jobId: 'j', device: 'd0', target: 't0', sync: 'incremental', bitmap: 'n' },
      },
    ])
    expect(result.isOk()).toBe(true)
    expect(made.graph.jobs.queryJobs()).toMatchObject([{ totalProgress: 2 * cluster }])
  })

  it('cannot remove a bitmap and add it again, nor remove it twice', () => {
    const made = machine()
    const remove: TransactionAction = { type: 'block-dirty-bitmap-remove', data: at('a') }
    const again = made.graph.transaction([
      remove,
      { type: 'block-dirty-bitmap-add', data: at('a') },
    ])
    expect(again._unsafeUnwrapErr().message).toBe('Bitmap already exists: a')
    expect(made.graph.transaction([remove, remove])._unsafeUnwrapErr().message).toBe(
      "Bitmap 'a' is currently in use by another operation and cannot be used",
    )
    expect(made.graph.queryBitmaps('d0')).toHaveLength(2)
  })

  it.each<[TransactionAction]>([
    [{ type: 'block-dirty-bitmap-add', data: at('n') }],
    [{ type: 'block-dirty-bitmap-remove', data: at('a') }],
    [{ type: 'block-dirty-bitmap-clear', data: at('a') }],
    [{ type: 'block-dirty-bitmap-enable', data: at('a') }],
    [{ type: 'block-dirty-bitmap-disable', data: at('a') }],
    [{ type: 'block-dirty-bitmap-merge', data: { node: 'd0', target: 'a', bitmaps: ['b'] } }],
  ])('cannot group $type', (action) => {
    const made = machine()
    const before = made.graph.queryBitmaps('d0')
    const result = made.graph.transaction([action], { completionMode: 'grouped' })
    expect(result._unsafeUnwrapErr().message).toBe(
      `Action '${action.type}' does not support Transaction property completion-mode = grouped`,
    )
    expect(made.graph.queryBitmaps('d0')).toStrictEqual(before)
  })

  it('gives an error where QEMU 7.2 crashes: a failed enable', () => {
    const made = machine()
    const result = made.graph.transaction([
      { type: 'block-dirty-bitmap-clear', data: at('a') },
      { type: 'block-dirty-bitmap-enable', data: at('gone') },
    ])
    expect(result._unsafeUnwrapErr().message).toBe("Dirty bitmap 'gone' not found")
    expect(made.dirty('a')).toStrictEqual([1, 2])
  })

  it('gives an error where QEMU 7.2 crashes: a merge of nothing', () => {
    const result = machine().graph.mergeBitmaps({ node: 'd0', target: 'a', bitmaps: [] })
    expect(result._unsafeUnwrapErr().message).toBe(
      "Parameter 'bitmaps' expects at least one bitmap",
    )
  })

  it('starts all backups at one instant, with the bitmaps that it adds', () => {
    const made = machine()
    const result = made.graph.transaction([
      { type: 'block-dirty-bitmap-add', data: at('new') },
      { type: 'block-dirty-bitmap-clear', data: at('a') },
      { type: 'blockdev-backup', data: { jobId: 'j', device: 'drv0', target: 't0', sync: 'full' } },
    ])
    expect(result.isOk()).toBe(true)
    made.fill(9, [5])
    made.run()
    expect([made.dirty('new'), made.dirty('a')]).toStrictEqual([[5], [5]])
    expect(
      [...(made.store.get('/t0')?.extents() ?? [])].find(({ offset }) => offset === 5 * cluster)
        ?.state,
    ).not.toBe('data')
  })
})
