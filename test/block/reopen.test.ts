import { beforeEach, describe, expect, it } from 'vitest'
import type { BlockGraph, BlockResult, ImageStore } from '../../src/block/index.ts'
import { Machine } from './machine.ts'

const MiB = 1024 ** 2

function textOf(result: BlockResult<unknown>): string {
  return result.isErr() ? result.error.message : 'accepted'
}

let store: ImageStore
let graph: BlockGraph

/** A disk of which the lower image stores a bitmap. */
beforeEach(() => {
  ;({ store, graph } = new Machine())
  store.create('/base', { format: 'qcow2', virtualSize: MiB })._unsafeUnwrap()
  store
    .create('/top', {
      format: 'qcow2',
      virtualSize: MiB,
      backing: { path: '/base', format: 'qcow2' },
    })
    ._unsafeUnwrap()
  graph.addNode({ name: 'base', path: '/base' })._unsafeUnwrap()
  graph.addBitmap({ node: 'base', name: 'b', persistent: true })._unsafeUnwrap()
  graph.removeNode('base')._unsafeUnwrap()
  graph.addNode({ name: 'base', path: '/base', readOnly: true })._unsafeUnwrap()
  graph.addNode({ name: 'top', path: '/top', backing: 'base' })._unsafeUnwrap()
  graph.addDevice('drv0', 'top')._unsafeUnwrap()
})

const remove = (): BlockResult<void> => graph.removeBitmap({ node: 'base', name: 'b' })

describe('blockdev-reopen', () => {
  it('lets bitmaps under the top change while their node is writable', () => {
    expect(textOf(remove())).toBe("Bitmap 'b' is readonly and cannot be modified")
    graph.reopenNode('base', { readOnly: false })._unsafeUnwrap()
    expect(textOf(remove())).toBe('accepted')
    graph.reopenNode('base', { readOnly: true })._unsafeUnwrap()
    expect(graph.queryBitmaps('base')).toStrictEqual([])
  })

  it('stores bitmaps as closing does, so that a crash afterwards spoils none', () => {
    graph.reopenNode('base', { readOnly: false })._unsafeUnwrap()
    graph.reopenNode('base', { readOnly: true })._unsafeUnwrap()
    expect(textOf(remove())).toBe("Bitmap 'b' is readonly and cannot be modified")
    graph.kill()
    graph.addNode({ name: 'again', path: '/base' })._unsafeUnwrap()
    expect(graph.queryBitmaps('again')).toMatchObject([{ name: 'b', recording: true }])
  })

  it('leaves bitmaps in use by a writable node to be spoilt by a crash', () => {
    graph.reopenNode('base', { readOnly: false })._unsafeUnwrap()
    graph.kill()
    graph.addNode({ name: 'again', path: '/base' })._unsafeUnwrap()
    expect(graph.queryBitmaps('again')).toMatchObject([{ name: 'b', inconsistent: true }])
  })

  it('needs the lock of the image, and keeps what it has without', () => {
    const other = new Machine(store).graph
    other.addNode({ name: 'reader', path: '/base', readOnly: true })._unsafeUnwrap()
    expect(textOf(graph.reopenNode('base', { readOnly: false }))).toBe('Failed to get "write" lock')
    other.removeNode('reader')._unsafeUnwrap()
    expect(textOf(other.addNode({ name: 'writer', path: '/base' }))).not.toBe('accepted')
    expect(textOf(graph.reopenNode('base', { readOnly: false }))).toBe('accepted')
  })

  it.each([
    ['top', "Read-only block node 'top' cannot support read-write users"],
    ['nix', "Failed to find node with node-name='nix'"],
  ])('refuses to take writing from %s as QEMU does', (name, text) => {
    expect(textOf(graph.reopenNode(name, { readOnly: true }))).toBe(text)
  })
})
